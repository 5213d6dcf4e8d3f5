import type { Condition } from '../seccomp/profile/policy.ts';

/**
 * The question that a search answers: which of the candidates must be raised, and how far, so that the command passes.
 * A candidate is a syscall that the host refuses. Nothing here knows how an experiment is run.
 */
export interface Problem {
  readonly candidates: readonly Candidate[];
  /** What is already known: at least the run in which nothing was raised. Not counted against the budget. */
  readonly known: readonly Known[];
}

/** What can be done about one refused syscall, dearest last. Level 0 (leave it) is implied. */
export type ChoiceKind = 'enosys' | 'enosys-args' | 'allow-args' | 'allow';

export interface Choice {
  readonly kind: ChoiceKind;
  /** Above 0; see `lattice.ts` for the weights. */
  readonly cost: number;
  /** Only for `enosys-args` and `allow-args`: alternatives (OR), each a list of conditions (AND). */
  readonly when?: readonly (readonly Condition[])[];
  /** Beside an `allow-args` or `allow`: for these arguments ENOSYS is answered instead. */
  readonly silent?: readonly (readonly Condition[])[];
}

export interface Candidate {
  /** Unique; the syscall's, unless `syscall` says otherwise. */
  readonly name: string;
  /** Of one of several candidates that share a syscall, each for one value of an argument. */
  readonly syscall?: string;
  /** What the host answers now, such as `EPERM`. */
  readonly left: string;
  /** Level i is `ladder[i - 1]`; costs rise. */
  readonly ladder: readonly Choice[];
  /**
   * How likely it is that level i is the lowest that works, by what is known beforehand; as long as the ladder plus one.
   * It decides the order of the experiments and so their number, never the answer.
   */
  readonly prior: readonly number[];
  /** The call as a whole although the profile tests its arguments: their values are not known, or too many. */
  readonly coarse?: true;
}

export function syscallOf({ name, syscall }: Candidate): string {
  return syscall ?? name;
}

/** Level of each raised candidate; a name that is absent is left as it is. */
export type Assignment = ReadonlyMap<string, number>;

export interface Known {
  readonly assignment: Assignment;
  readonly observation: Observation;
}

/** What one execution told. */
export interface Observation {
  /** `unresolved` is an execution that says nothing: neither a need nor a proof. */
  readonly outcome: 'pass' | 'fail' | 'unresolved';
  /** One sentence, where there is something to say (hung, out of memory, voted 3 of 5 …). */
  readonly why?: string;
  readonly seconds: number;
  /** Executions that were voted, and how many of them passed; absent for a single one. */
  readonly votes?: { readonly passed: number; readonly cast: number };
  /** Names of all candidates that were called at all, when the run was traced: no other one can have mattered. */
  readonly called?: ReadonlySet<string>;
  /** Names of candidates that were refused, in the order of their first refusal, when the run was traced. */
  readonly refused?: readonly string[];
  /** Refused calls that are no candidates yet. */
  readonly discovered?: readonly Candidate[];
}

/** `baseline`: without a filter, whatever the assignment says. */
export type Phase = 'probe' | 'shrink' | 'prove' | 'confirm' | 'smallest' | 'baseline';

export interface Experiment {
  readonly assignment: Assignment;
  /** Equal for equal assignments; parts in code unit order. */
  readonly key: string;
  readonly phase: Phase;
  /** How often this assignment was run before: each is an execution of its own, never answered by an earlier one. */
  readonly repetition: number;
}

/** `need` must be answered next; `likely` may be run beside it, their answers are asked for only if still wanted. */
export interface Request {
  readonly need: Experiment;
  readonly likely: readonly Experiment[];
  /** The best passing assignment so far. */
  readonly best: Assignment | undefined;
  /** Experiments answered so far, and a guess of how many are still to come. */
  readonly done: number;
  readonly remaining: number;
}

export const NOTHING: Assignment = new Map();

/** A text that is the same for assignments that mean the same: `name=level`, sorted, without level 0. */
export function keyOf(assignment: Assignment): string {
  const parts: string[] = [];
  for (const [name, level] of assignment) if (level > 0) parts.push(`${name}=${level}`);
  return parts.sort().join(' ');
}

/** The same assignment with one candidate at another level. */
export function withLevel(assignment: Assignment, name: string, level: number): Assignment {
  const next = new Map(assignment);
  if (level > 0) next.set(name, level);
  else next.delete(name);
  return next;
}

/** The sum of what each candidate costs at its level; level 0 is free. */
export function costOf(assignment: Assignment, candidates: ReadonlyMap<string, Candidate>): number {
  let sum = 0;
  for (const [name, level] of assignment) {
    if (level > 0) sum += candidates.get(name)?.ladder[level - 1]?.cost ?? 0;
  }
  return sum;
}

/** Below or equal in every candidate. */
export function isWithin(a: Assignment, b: Assignment): boolean {
  for (const [name, level] of a) if (level > (b.get(name) ?? 0)) return false;
  return true;
}
