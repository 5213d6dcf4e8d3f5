import { blockedCalls } from '../diagnosis/blocked.ts';
import { type MergedCall, mergeCalls } from '../diagnosis/distinct.ts';
import { callKey } from '../diagnosis/group.ts';
import { callOn } from '../diagnosis/translate.ts';
import type { Denial, Fix, FixLimit, PredictedStep } from '../documents/denial.ts';
import { compareText } from '../documents/severity.ts';
import type { HostModel } from '../hosts/host.ts';
import { fallsBackOn } from '../linux/callers.ts';
import type { Condition } from '../seccomp/profile/policy.ts';
import type { Target } from '../seccomp/profile/target.ts';
import type { CallerImage, DistinctCall, TraceSummary } from '../strace/grammar/event.ts';

/** One argument condition as Docker's profiles spell it. */
export interface FixArgument {
  readonly index: number;
  readonly value: number;
  readonly valueTwo: number;
  readonly op: string;
}

export type FixStep = PredictedStep['step'];

export interface PredictedFix {
  readonly fix: Fix;
  /** Why each blocked name got its step, and what no profile can cure. Sorted by name. */
  readonly steps: readonly PredictedStep[];
  /** What no change of a rule can do on these hosts; absent where there is nothing. */
  readonly limits: readonly FixLimit[];
}

/** More sets of arguments than this are not worth a rule each. */
const MOST_RULES = 8;

/**
 * The smallest change of the profile that, by our tables, clears the calls for all these hosts: leave what every known
 * caller survives, answer ENOSYS where that alone makes every known caller fall back (it grants nothing), allow with
 * conditions where the profile itself tests arguments and only certain ones occur, else allow. Predicted, not proven.
 */
export function predictFixOf(calls: readonly MergedCall[], hosts: readonly HostModel[]): PredictedFix {
  const wanted = new Map<
    string,
    { step: FixStep; why: PredictedStep['why']; args: Map<string, readonly FixArgument[]> }
  >();
  const kernels = new Set<string>();
  const lacking = new Set<string>();
  const unlisted = new Set<string>();
  const rank: Record<FixStep, number> = { leave: 0, enosys: 1, 'allow-args': 2, allow: 3 };
  for (const host of hosts) {
    const blocked = blockedCalls(calls, host);
    for (const denial of blocked) {
      if (denial.cause === 'kernel') {
        if (denial.matters) {
          kernels.add(denial.syscall);
          lacking.add(host.identity.expression);
        }
        continue;
      }
      if (denial.cause === 'bad-arch') {
        unlisted.add(denial.abi);
        continue;
      }
      const chosen = stepFor(denial, blocked, calls, host);
      const known = wanted.get(denial.syscall);
      if (!known) {
        wanted.set(denial.syscall, chosen);
        continue;
      }
      if (rank[chosen.step] > rank[known.step]) {
        known.step = chosen.step;
        known.why = chosen.why;
      }
      for (const [key, args] of chosen.args) known.args.set(key, args);
    }
  }
  const names = [...wanted].sort(([a], [b]) => compareText(a, b));
  const allow: Fix['allow'][number][] = [];
  for (const [name, { step, args }] of names) {
    if (step === 'allow' || (step === 'allow-args' && args.size > MOST_RULES)) allow.push(name);
    else if (step === 'allow-args') for (const one of args.values()) allow.push({ name, args: one });
  }
  return {
    fix: { allow, enosys: names.filter(([, { step }]) => step === 'enosys').map(([name]) => name) },
    steps: names.map(([syscall, { step, why }]) => ({ syscall, step, why })),
    limits: [
      ...errnoLimits(
        names.filter(([, { step }]) => step === 'enosys').map(([name]) => name),
        hosts,
      ),
      ...(kernels.size === 0
        ? []
        : [
            {
              kind: 'kernel-lacks',
              syscalls: [...kernels].sort(),
              hosts: hosts.length > 1 ? [...lacking] : [],
            } as const,
          ]),
      ...(unlisted.size === 0
        ? []
        : [{ kind: 'architecture-missing', architectures: [...unlisted].sort() } as const]),
    ],
  };
}

/** Hosts on which a rule with errnoRet does not return ENOSYS: such a rule must not be written for them. */
function errnoLimits(syscalls: readonly string[], hosts: readonly HostModel[]): readonly FixLimit[] {
  const deaf = hosts.filter(({ target }) => target && !returnsErrno(target));
  if (syscalls.length === 0 || deaf.length === 0) return [];
  return [{ kind: 'errno-not-passed', syscalls, hosts: deaf.map(({ identity }) => identity.expression) }];
}

/** Whether a rule's errnoRet reaches the filter there. */
function returnsErrno({ engine, runtime }: Target): boolean {
  return engine.passesErrnoRet && runtime.honoursErrnoRet;
}

/** `predictFixOf` for whole traces. */
export function predictFix(
  traces: readonly TraceSummary[],
  hosts: readonly HostModel[],
  unfiltered?: ReadonlySet<string>,
): PredictedFix {
  return predictFixOf(mergeCalls(traces, unfiltered, true), hosts);
}

function stepFor(
  denial: Denial,
  blocked: readonly Denial[],
  calls: readonly MergedCall[],
  host: HostModel,
): { step: FixStep; why: PredictedStep['why']; args: Map<string, readonly FixArgument[]> } {
  const { syscall, errno } = denial;
  const none = new Map<string, readonly FixArgument[]>();
  if (!denial.matters || denial.uncertain) {
    const why = denial.uncertain
      ? 'argument-not-in-trace'
      : denial.callers
        ? 'callers-fall-back'
        : 'fails-without-filter-too';
    return { step: 'leave', why, args: none };
  }
  const programs = programsOf(denial, calls);
  // Every caller that the table knows falls back; that nothing else made the call is likely, not proven.
  if (denial.consequence.effect === 'unknown' && fallsBackOn(syscall, errno, programs) === 'all') {
    return { step: 'leave', why: 'callers-fall-back', args: none };
  }
  if (errno !== 'ENOSYS' && fallsBackOn(syscall, 'ENOSYS', programs) === 'all') {
    return { step: 'enosys', why: 'callers-fall-back-on-enosys', args: none };
  }
  const args = conditionsFor(denial, blocked, calls, host);
  return args.size > 0
    ? { step: 'allow-args', why: 'only-these-arguments-occur', args }
    : { step: 'allow', why: 'no-known-fallback', args: none };
}

/** The programs that made a refused call; empty where one of them is not known. */
function programsOf({ syscall }: Denial, calls: readonly MergedCall[]): readonly CallerImage[] {
  const own = calls.filter(({ call }) => call.name === syscall);
  return own.every(({ images }) => images) ? own.flatMap(({ images = [] }) => images) : [];
}

/** The argument values of the refused calls, at the positions that the profile's own rules for that number test. */
function conditionsFor(
  denial: Denial,
  blocked: readonly Denial[],
  calls: readonly MergedCall[],
  host: HostModel,
): Map<string, readonly FixArgument[]> {
  const found = new Map<string, readonly FixArgument[]>();
  const alike = blocked.filter(({ syscall }) => syscall === denial.syscall);
  const positions = testedPositions(host, denial.nr, denial.abi);
  if (positions.length === 0) return found;
  for (const call of calls) {
    const there = callOn(call.call, host.identity.arch);
    if (!there || !alike.some(({ nr, abi }) => nr === there.nr && abi === there.abi)) continue;
    if (host.answer(there).action.kind === 'allow') continue;
    const values = positions.map((index) => [index, there.args[index]] as const);
    // One unknown argument, or one that a JSON number cannot hold: no condition can be written.
    if (values.some(([, value]) => value === undefined || value > BigInt(Number.MAX_SAFE_INTEGER)))
      return new Map();
    found.set(
      callKey(there),
      values.map(([index, value]) => ({ index, value: Number(value), valueTwo: 0, op: 'SCMP_CMP_EQ' })),
    );
  }
  return found;
}

function testedPositions(host: HostModel, nr: number, abi: DistinctCall['call']['abi']): readonly number[] {
  const conditions: Condition[] = [];
  for (const part of host.policy?.abis ?? []) {
    if (part.abi !== abi) continue;
    for (const rule of part.rules.get(nr) ?? []) conditions.push(...rule.conditions);
  }
  return [...new Set(conditions.map(({ index }) => index))].sort((a, b) => a - b);
}
