import { existsSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Abi, abiInfo } from '../../src/core/linux/abi.ts';
import { syscallNumber } from '../../src/core/linux/numbers.ts';
import { closure } from '../../src/core/seccomp/filter/closure.ts';
import { compile } from '../../src/core/seccomp/filter/compile.ts';
import { fillData } from '../../src/core/seccomp/filter/data.ts';
import { returnOf } from '../../src/core/seccomp/filter/returns.ts';
import { applyEngine } from '../../src/core/seccomp/profile/engine.ts';
import { decide } from '../../src/core/seccomp/profile/evaluate.ts';
import { lower } from '../../src/core/seccomp/profile/lower.ts';
import type { Policy } from '../../src/core/seccomp/profile/policy.ts';
import type { Profile, ProfileGroup } from '../../src/core/seccomp/profile/profile.ts';
import { CASES, ENDLESS } from '../core/seccomp/libseccomp/cases.ts';
import {
  allPairs,
  MACHINES,
  type Pair,
  profileText,
  Random,
  randomProfile,
  WORDS,
} from '../core/seccomp/libseccomp/random.ts';
import {
  RECORD,
  RECORDED_CASES,
  type RecordedResult,
  readRecord,
  sumOf,
} from '../core/seccomp/libseccomp/recorded.ts';
import { groupOf, profileOf, targetOf } from '../core/seccomp/libseccomp/rules.ts';
import { needs } from '../rig/need.ts';
import { commandFor, LIBRARIES } from './libraries.ts';
import { buildC, type Exported, Oracle, requestFor } from './oracle.ts';

const EEXIST = 17;
const ETIME = 62;
const EFAULT = 14;
const ERRNO = { kind: 'errno', value: 1 } as const;

interface Tally {
  filters: number;
  compared: number;
  refused: number;
  endless: number;
  /** Why the last filter that was not made was not made. */
  last: 'refused' | 'endless';
  readonly differences: string[];
}

needs('libseccomp').describe.each(LIBRARIES)('rules of any kind against libseccomp $release', (library) => {
  let built: ReturnType<typeof buildC>;
  let oracle: Oracle;
  beforeAll(() => {
    built = buildC('oracle', '-lseccomp');
    oracle = new Oracle(...commandFor(library, built.path));
  });
  afterAll(() => {
    oracle.close();
    built.remove();
  });

  const tally = (): Tally => ({
    filters: 0,
    compared: 0,
    refused: 0,
    endless: 0,
    last: 'refused',
    differences: [],
  });

  /** Asks for the real filter; both must load or both must not. The policy is given where both do. */
  async function load(
    profile: Profile,
    binaryTree: boolean,
    count: Tally,
  ): Promise<{ readonly policy: Policy; readonly exported: Exported & { program: unknown } } | undefined> {
    const abis = profile.architectures.list!;
    const target = targetOf(abis[0]!, library.release);
    const runtime = binaryTree ? { ...target.runtime, binaryTreeAbove: 0 } : target.runtime;
    const applied = applyEngine(profile, target);
    if (!applied.ok) throw new Error(applied.failure.what);
    oracle.ask(requestFor(applied.value, abis, binaryTree ? 2 : 1));
    const exported = await oracle.next(abiInfo(abis[0]!).endian === 'little');
    const lowered = lower(profile, { ...target, runtime });
    count.filters++;
    if ('program' in exported && lowered.ok) return { policy: lowered.value, exported };
    const mine = lowered.ok
      ? 'taken'
      : lowered.failure.what.includes('never finishes')
        ? 'endless'
        : 'refused';
    const theirs = 'program' in exported ? 0 : exported.errno;
    count.last = theirs === EEXIST ? 'refused' : 'endless';
    if (mine === 'refused' && theirs === EEXIST) count.refused++;
    else if (mine === 'endless' && (theirs === ETIME || theirs === EFAULT)) count.endless++;
    else count.differences.push(`ours ${mine}, theirs ${theirs}: ${profileText(profile)}`);
    return undefined;
  }

  /** Compares the compiled program, a share of direct evaluations, and the real program over these calls. */
  function compareCalls(
    { policy, exported }: NonNullable<Awaited<ReturnType<typeof load>>>,
    calls: Iterable<readonly [Abi, number, readonly bigint[]]>,
    count: Tally,
    what: string,
  ): void {
    const compiled = compile(policy);
    if (!compiled.ok) throw new Error(compiled.failure.what);
    const [ours, theirs] = [closure(compiled.value), closure((exported as { program: never }).program)];
    const data = new Uint32Array(16);
    for (const [abi, nr, args] of calls) {
      fillData(data, abi, nr, args);
      const [mine, real] = [ours(data), theirs(data)];
      const direct =
        count.compared++ % 16 === 0 ? returnOf(decide(policy, { abi, nr, name: '', args })) : mine;
      if (mine === real && direct === mine) continue;
      const hex = args.map((each) => each.toString(16));
      count.differences.push(
        `${abi} ${nr} (${hex}): ours ${mine}, evaluated ${direct}, theirs ${real}: ${what}`,
      );
      return;
    }
  }

  test('the defects that are known', async () => {
    const count = tally();
    for (const { abis, byDefault, rules } of CASES) {
      const { action, errnoRet } = groupOf(`${byDefault} acct`);
      const value = errnoRet === undefined ? { kind: action } : { kind: action, value: errnoRet };
      const profile = profileOf(value as typeof ERRNO, abis, rules.map(groupOf));
      const loaded = await load(profile, false, count);
      const numbers = loaded!.policy.abis.flatMap(({ abi }) =>
        ['socket', 'socketcall', 'personality', 'keyctl', 'acct'].flatMap((name) => {
          const nr = syscallNumber(name, abi);
          return nr === undefined ? [] : [[abi, nr] as const];
        }),
      );
      const calls = numbers.flatMap(([abi, nr]) =>
        WORDS.flatMap((a) => [2n, 0n].map((b) => [abi, nr, [a, b, a, 0n, 0n, 0n]] as const)),
      );
      compareCalls(loaded!, calls, count, rules.join('; '));
    }
    await load(profileOf(ERRNO, ['x86_64'], ENDLESS.map(groupOf)), false, count);
    expect(count).toMatchObject({ differences: [], endless: 1 });
  });

  test('what is recorded for those without a compiler', async () => {
    const count = tally();
    const results: RecordedResult[] = [];
    for (const one of RECORDED_CASES) {
      const loaded = await load(one.profile, one.binaryTree, count);
      if (loaded) results.push(sumOf(one, closure((loaded.exported as { program: never }).program)));
      else results.push(count.last);
    }
    if (process.env.TRACE_BUILD_RECORD === '1') {
      const known = existsSync(RECORD) ? readRecord() : {};
      writeFileSync(RECORD, `${JSON.stringify({ ...known, [library.release]: results }, null, 2)}\n`);
    }
    expect(count.differences).toEqual([]);
    expect(results).toEqual(readRecord()[library.release]);
  });

  test('every pair of operators, actions and values, in both orders, on 64 and 32 bits', async () => {
    const abis: readonly Abi[] = ['x86_64', 'x86'];
    const count = tally();
    const one = ({ name, rules }: Pair): readonly ProfileGroup[] =>
      rules.map((rule) => ({ ...rule, names: [name] }));
    const check = async (pairs: readonly Pair[]): Promise<void> => {
      const profile = profileOf(ERRNO, abis, [groupOf('allow exit_group'), ...pairs.flatMap(one)]);
      const loaded = await load(profile, count.filters % 3 === 0, count);
      if (!loaded) return;
      const calls = function* (): Generator<readonly [Abi, number, readonly bigint[]]> {
        for (const { name } of pairs) {
          for (const abi of abis) {
            const nr = syscallNumber(name, abi)!;
            for (const a of WORDS) yield [abi, nr, [0n, a, 0n, 0n, 0n, 0n]];
          }
        }
      };
      compareCalls(loaded, calls(), count, profileText(profile));
    };
    const target = targetOf('x86_64', library.release);
    let together: Pair[] = [];
    for (const pair of [...allPairs(0), ...allPairs(1)]) {
      // What is refused is asked alone, or nothing else of the filter would be compared.
      if (!lower(profileOf(ERRNO, abis, one(pair)), target).ok) {
        await check([pair]);
        continue;
      }
      together.push(pair);
      if (together.length < 40) continue;
      await check(together.map((each, i) => ({ ...each, name: NAMES[i]! })));
      together = [];
    }
    await check(together.map((each, i) => ({ ...each, name: NAMES[i]! })));
    console.log(`${library.release}: pairs: ${summary(count)}`);
    expect(count.differences).toEqual([]);
    expect(count.compared).toBeGreaterThan(1_900_000);
    expect(count.refused).toBeGreaterThan(0);
  });

  test('up to five rules of up to three conditions, with names that are multiplexed or have no number', async () => {
    const count = tally();
    const random = new Random(20_261_127);
    for (let i = 0; i < Number(process.env.TRACE_BUILD_FUZZ ?? 700); i++) {
      const profile = randomProfile(random, i % 2 === 0 ? MACHINES : MACHINES.slice(0, 2), i % 2 === 0);
      const loaded = await load(profile, random.below(4) === 0, count);
      if (!loaded) continue;
      const calls = function* (): Generator<readonly [Abi, number, readonly bigint[]]> {
        for (const { abi, rules } of loaded.policy.abis) {
          for (const nr of [...rules.keys(), 0, 1000]) {
            const conditional = rules.get(nr)?.some(({ conditions }) => conditions.length > 0) ?? false;
            for (let k = 0; k < (conditional ? 250 : 2); k++) {
              yield [abi, nr, [random.of(WORDS), random.of(WORDS), random.of(WORDS), 0n, 0n, 0n]];
            }
          }
        }
      };
      compareCalls(loaded, calls(), count, profileText(profile));
    }
    console.log(`${library.release}: any rules: ${summary(count)}`);
    expect(count.differences).toEqual([]);
    expect(count.compared).toBeGreaterThan(500_000);
    expect(count.refused).toBeGreaterThan(0);
  });
});

const NAMES = Object.freeze(
  (
    'access acct add_key adjtimex capget capset chmod chroot clone creat delete_module dup2 epoll_create epoll_ctl eventfd2 ' +
    'faccessat fallocate fchdir fchmod fdatasync fgetxattr flock fork fremovexattr fsync ftruncate getpgid getppid getpriority ' +
    'getsid gettid init_module inotify_init ioctl ioprio_get keyctl kill lchown link lremovexattr madvise mkdir'
  ).split(' '),
);

function summary({ filters, compared, refused, endless, differences }: Tally): string {
  return `${filters} filters, ${compared} comparisons, ${refused} refused by both, ${endless} endless in both, ${differences.length} differences`;
}
