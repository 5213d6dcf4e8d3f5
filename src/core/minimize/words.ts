import type { Fix } from '../documents/denial.ts';
import type { Condition } from '../seccomp/profile/policy.ts';
import { choicesOf } from './changeHost.ts';
import { type Assignment, type Candidate, type Choice, keyOf } from './problem.ts';
import { removals } from './prove.ts';
import type { Solution } from './search.ts';

/** One argument condition as Docker's profiles spell it. */
export interface DockerArgument {
  readonly index: number;
  readonly value: number;
  readonly valueTwo: number;
  readonly op: string;
}

/** JSON numbers are exact to 2^53; above that a profile must come from elsewhere. */
export function dockerArguments(conditions: readonly Condition[]): readonly DockerArgument[] {
  return conditions.map(({ index, op, value, valueTwo }) => ({
    index,
    value: Number(value),
    valueTwo: Number(valueTwo),
    op: `SCMP_CMP_${op}`,
  }));
}

/** An assignment as the fix of the result: names and rules to allow, names to answer ENOSYS. */
export function fixOf(assignment: Assignment, candidates: ReadonlyMap<string, Candidate>): Fix {
  const choices = [...choicesOf(assignment, candidates)];
  const rules = (name: string, sets: Choice['when'] = []) =>
    sets.map((conditions) => ({ name, args: dockerArguments(conditions) }));
  const enosysArgs = choices.flatMap(([name, { kind, when, silent }]) =>
    rules(name, kind === 'enosys-args' ? when : silent),
  );
  return {
    allow: choices.flatMap(([name, { kind, when }]): Fix['allow'][number][] => {
      if (kind === 'allow') return [name];
      return kind === 'allow-args' ? rules(name, when) : [];
    }),
    enosys: choices.filter(([, { kind }]) => kind === 'enosys').map(([name]) => name),
    ...(enosysArgs.length > 0 ? { enosysArgs } : {}),
  };
}

/** What is done about one syscall, in words; `left` says what it answers when nothing is. */
function choiceWords(name: string, choice: Choice | undefined, left: string): string {
  if (!choice) return `${name} left at ${left}`;
  if (choice.kind === 'enosys' || choice.kind === 'enosys-args') return `${name} answers ENOSYS`;
  return `${name} allowed`;
}

export interface ProofLine {
  /** What was run, in words: the result, or the result with one element taken back. */
  readonly change: string;
  readonly outcome: 'pass' | 'fail' | 'unresolved';
  readonly seconds: number;
  readonly why?: string;
}

/** The lines that show the guarantee: the result passes, each element taken back fails. */
export function proofOf({ best, ledger }: Solution): readonly ProofLine[] {
  if (!best) return [];
  const line = (change: string, found: (typeof ledger.entries)[number]['observation']): ProofLine => ({
    change,
    outcome: found.outcome,
    seconds: Math.round(found.seconds * 1000) / 1000,
    ...(found.why === undefined ? {} : { why: found.why }),
  });
  const lines: ProofLine[] = [];
  const own = ledger.about(best);
  if (own) lines.push(line('the whole result', own));
  const again = ledger.entries
    .filter(({ phase, assignment }) => phase === 'confirm' && keyOf(assignment) === keyOf(best))
    .map(({ observation }) => observation);
  const [once, ...more] = again;
  if (once && more.length === 0) lines.push(line('the whole result, again', once));
  else if (once) {
    const odd = again.find(({ outcome }) => outcome !== 'pass');
    const passed = again.filter(({ outcome }) => outcome === 'pass').length;
    const seconds = again.reduce((sum, one) => sum + one.seconds, 0) / again.length;
    const why = `passed ${passed} of ${again.length} times${odd?.why ? `; then ${odd.why}` : ''}`;
    lines.push(line('the whole result, again', { ...(odd ?? once), seconds, why }));
  }
  for (const lower of removals(best)) {
    const found = ledger.about(lower);
    const name = [...best.keys()].find((key) => best.get(key) !== (lower.get(key) ?? 0))!;
    const candidate = ledger.candidates.get(name)!;
    const choice = candidate.ladder[(lower.get(name) ?? 0) - 1];
    const change = `without it: ${choiceWords(name, choice, candidate.left)}`;
    const alike = found ? undefined : ledger.alike(lower);
    if (found) lines.push(line(change, found));
    else if (alike) {
      const run = keyOf(alike.assignment) || 'the host as it is';
      lines.push({
        ...line(change, alike.observation),
        why: `not run: ${run} gave the same answers and failed`,
      });
    }
  }
  return lines;
}
