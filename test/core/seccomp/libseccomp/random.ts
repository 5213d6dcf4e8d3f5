import type { Abi } from '../../../../src/core/linux/abi.ts';
import type { Condition, Operator } from '../../../../src/core/seccomp/profile/policy.ts';
import { ALWAYS, type Profile, type ProfileGroup } from '../../../../src/core/seccomp/profile/profile.ts';
import { profileOf } from './rules.ts';

const OPERATORS: readonly Operator[] = ['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'];
const ALL = (1n << 64n) - 1n;

/** Values on both sides of 2^32, with equal and different halves. */
const VALUES: readonly bigint[] = [
  0n,
  1n,
  2n,
  5n,
  9n,
  20n,
  0xfffffffen,
  0xffffffffn,
  0x100000000n,
  0x100000001n,
  0x100000005n,
  0x500000005n,
  0x7000000ffn,
  0xffffffff00000000n,
  0xfffffffffffffffen,
  ALL,
];
/** The same, what lies beside them, and each half in the other's place. */
export const WORDS: readonly bigint[] = [
  ...new Set(
    VALUES.flatMap((value) => [value, (value + 1n) & ALL, (value - 1n) & ALL, (value << 32n) & ALL]),
  ),
];

export const ACTIONS: readonly Pick<ProfileGroup, 'action' | 'errnoRet'>[] = [
  { action: 'allow' },
  { action: 'errno', errnoRet: 22 },
  { action: 'errno', errnoRet: 38 },
  { action: 'trap' },
  { action: 'kill_thread' },
];

/** Architectures of one filter, the native one first. */
export const MACHINES: readonly (readonly Abi[])[] = [
  ['x86_64'],
  ['x86_64', 'x86', 'x32'],
  ['x86', 'x86_64'],
  ['x86_64', 'x32'],
  ['aarch64', 'arm'],
  ['s390x', 's390'],
  ['mips64', 'mips', 'mips64n32'],
  ['mipsel', 'mipsel64', 'mipsel64n32'],
  ['ppc64le'],
  ['riscv64'],
];

/** Names without a number on some of them, and names that go through ipc and socketcall on some. */
const MIXED =
  'personality socket bind shmget clone stat mmap2 set_tls fadvise64_64 clock_gettime64 socketcall ipc'.split(
    ' ',
  );

/** Numbers that look random and are the same in every run. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  below(end: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(((this.#state >>> 8) / 0x1000000) * end);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

function condition(random: Random, index: number): Condition {
  return { index, op: random.of(OPERATORS), value: random.of(VALUES), valueTwo: random.of(VALUES) };
}

function rule(
  action: Pick<ProfileGroup, 'action' | 'errnoRet'>,
  names: readonly string[],
  args: readonly Condition[],
): ProfileGroup {
  return { ...action, names, args, includes: ALWAYS, excludes: ALWAYS };
}

/** Two to five rules; `mixed` about several syscalls, some without conditions. */
export function randomProfile(
  random: Random,
  machines: readonly (readonly Abi[])[],
  mixed: boolean,
): Profile {
  const oneArgument = random.below(4) === 0;
  const groups = Array.from({ length: 2 + random.below(4) }, () => {
    const names = mixed ? [...new Set([random.of(MIXED), random.of(MIXED)])] : ['personality'];
    const indices = oneArgument ? [0] : [0, 1, 2].filter(() => random.below(2) === 0);
    const args = indices.map((index) => condition(random, index));
    return rule(random.of(ACTIONS), names, args.length > 0 || mixed ? args : [condition(random, 0)]);
  });
  if (mixed && random.below(2) === 0) groups.push(rule(ACTIONS[0]!, ['exit_group'], []));
  return profileOf({ kind: 'errno', value: 1 }, random.of(machines), groups);
}

/** Two rules about one syscall. */
export interface Pair {
  readonly name: string;
  readonly rules: readonly [ProfileGroup, ProfileGroup];
}

/** Every pair of operators and of values, hence both orders; `shift` deals out other actions and second values. */
export function* allPairs(shift: number): Generator<Pair> {
  let turn = shift;
  for (const first of OPERATORS) {
    for (const second of OPERATORS) {
      for (const [i, value] of VALUES.entries()) {
        for (const [j, other] of VALUES.entries()) {
          const actions = ACTIONS[turn % ACTIONS.length]!;
          const next = ACTIONS[turn % 3 === 0 ? turn % ACTIONS.length : (turn * 7 + 2) % ACTIONS.length]!;
          const masks = [
            VALUES[(i + turn) % VALUES.length]!,
            VALUES[(j + 3 * turn) % VALUES.length]!,
          ] as const;
          turn++;
          yield {
            name: 'acct',
            rules: [
              rule(actions, [], [{ index: 1, op: first, value, valueTwo: masks[0] }]),
              rule(next, [], [{ index: 1, op: second, value: other, valueTwo: masks[1] }]),
            ],
          };
        }
      }
    }
  }
}

export function profileText({ architectures, groups }: Profile): string {
  const rules = groups.map(({ names, action, errnoRet, args }) => {
    const conditions = args.map(
      ({ index, op, value, valueTwo }) =>
        `${index} ${op} 0x${value.toString(16)}${op === 'MASKED_EQ' ? ` 0x${valueTwo.toString(16)}` : ''}`,
    );
    return `${action}${errnoRet ?? ''} ${names.join('+')} ${conditions.join(', ')}`;
  });
  return `${architectures.list?.join(' ')}: ${rules.slice(0, 12).join('; ')}`;
}
