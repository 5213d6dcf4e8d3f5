import { blockedOn } from '../../core/diagnosis/blocked.ts';
import type { Denial } from '../../core/documents/denial.ts';
import { fail, ok, type Result } from '../../core/failure.ts';
import type { HostModel } from '../../core/hosts/host.ts';
import { candidatesOf, isByFilter } from '../../core/minimize/lattice.ts';
import { NOTHING } from '../../core/minimize/problem.ts';
import { refusedCalls, wouldRefuse } from '../../core/minimize/refused.ts';
import { type Solution, search } from '../../core/minimize/search.ts';
import { measureBaseline } from './minimizeBaseline.ts';
import { Runner, type Seen } from './minimizeRunner.ts';
import { type Baseline, type MinimizeWishes, Session } from './minimizeSession.ts';
import { runAsWritten, type Written } from './minimizeWritten.ts';

export interface Minimized {
  readonly host: HostModel;
  readonly baseline: Baseline;
  /** `nothing-to-fix`: it passes there as it is; `no-fix`: no change of the profile helps. */
  readonly outcome: 'fixed' | 'nothing-to-fix' | 'no-fix' | 'interrupted';
  readonly solution?: Solution;
  /** What the filter refuses in the run as the host is. */
  readonly denials: readonly Denial[];
  /** Refused by that host's kernel: no profile can cure it. */
  readonly lackedByKernel: readonly Denial[];
  readonly executions: number;
  /** Why the command fails whenever strace watches it: the experiments ran without, so not every call was seen. */
  readonly tracerFails?: string;
  /** The profile that will be written, run as that very host would load it. */
  readonly written?: Written;
  readonly notes: readonly string[];
}

const FLAKY_REPEAT = 5;

/** The whole question from the baseline to the proof (design §5). */
export async function minimize(wishes: MinimizeWishes): Promise<Result<Minimized>> {
  const { host } = wishes;
  const runner = new Runner(wishes.runner);
  const notes: string[] = [];
  const begun = await measureBaseline(runner, wishes);
  if (!begun.ok) return begun;
  const { baseline, summaries, tracerFails } = begun.value;
  const [summary] = summaries;
  if (baseline.flaky) {
    notes.push(`the command is flaky: unconfined it passed ${baseline.passed} of ${baseline.runs} times`);
    if (!wishes.repeatChosen) {
      runner.options.repeat = FLAKY_REPEAT;
      notes.push(`each experiment is run ${FLAKY_REPEAT} times and voted (--repeat chooses another number)`);
    }
  }
  const session = new Session(wishes, runner, baseline);
  await session.open();

  wishes.onProgress({ phase: 'host', done: 0, remaining: 1, best: undefined });
  const shown = tracerFails === undefined ? undefined : await lastTraced(session, runner);
  if (shown && !shown.ok) return shown;
  const first = await observeTwice(session, runner, wishes, baseline, notes);
  if (!first.ok) return first;
  const { seen } = first.value;
  const predicted = summary ? blockedOn([summary], host) : [];
  const traced = shown?.value.seen ?? seen;
  const denials = session.refusals(NOTHING, traced);
  const lackedByKernel = predicted.filter(({ cause }) => cause === 'kernel');
  const common = {
    host,
    baseline,
    denials,
    lackedByKernel,
    ...(tracerFails === undefined ? {} : { tracerFails }),
  };
  if (seen.observation.outcome === 'unresolved') {
    return fail(
      'undecided',
      `the run as ${host.identity.expression} gave no answer: ${seen.observation.why ?? ''}`,
      {
        hint: 'see --timeout and --retries',
      },
    );
  }
  if (seen.observation.outcome === 'pass') {
    return ok({ ...common, outcome: 'nothing-to-fix', executions: runner.executions, notes });
  }
  const upfront = candidatesOf(
    [...denials, ...predicted.filter((denial) => isByFilter(denial) && !denial.uncertain)],
    [
      ...(summary ? wouldRefuse(summary, host) : []),
      ...(traced.summary ? refusedCalls(traced.summary, host) : []),
    ],
    host,
  );
  session.know(upfront);
  if (upfront.length === 0) {
    notes.push('it fails there although the filter refused nothing that could be seen');
    return ok({ ...common, outcome: 'no-fix', executions: runner.executions, notes });
  }
  const problem = {
    candidates: upfront,
    known: [{ assignment: NOTHING, observation: session.observation(NOTHING, seen) }],
  };
  const solution = await session.drive(
    search(problem, {
      ...wishes.search,
      deterministic: !baseline.flaky,
      // Of calls that were not seen, no change was tried.
      ...(tracerFails === undefined ? {} : { aim: '1-minimal' }),
    }),
  );
  const outcome = solution.best ? 'fixed' : solution.stopped ? 'interrupted' : 'no-fix';
  const written = await runAsWritten(solution, runner, host, baseline);
  return ok({
    ...common,
    outcome,
    solution,
    executions: runner.executions,
    ...(written ? { written } : {}),
    notes,
  });
}

/** Where strace makes the command fail: one last run with it, for what the filter refuses until then. */
async function lastTraced(session: Session, runner: Runner): Promise<Result<{ seen: Seen }>> {
  const seen = await session.observe(NOTHING, 'host', 0, true);
  runner.options.strace = undefined;
  return seen;
}

/**
 * The run on the host as it is. That nothing has to be changed is not believed at once: it must pass again; where the two
 * differ, the command is flaky there, and a vote decides.
 */
async function observeTwice(
  session: Session,
  runner: Runner,
  wishes: MinimizeWishes,
  baseline: Baseline,
  notes: string[],
): Promise<Result<{ seen: Seen }>> {
  const first = await session.observe(NOTHING, 'host', 0, true);
  if (!first.ok || first.value.seen.observation.outcome !== 'pass') return first;
  for (let again = Math.max(1, wishes.search.confirm - 1); again > 0; again--) {
    const second = await session.observe(NOTHING, 'host', 0, true);
    if (!second.ok) return second;
    const { outcome } = second.value.seen.observation;
    if (outcome === 'pass') continue;
    notes.push(`as ${wishes.host.identity.expression} it passed once and the next time it did not`);
    if (outcome === 'unresolved' || baseline.flaky || wishes.repeatChosen) return second;
    runner.options.repeat = FLAKY_REPEAT;
    return session.observe(NOTHING, 'host', 0, true);
  }
  return first;
}
