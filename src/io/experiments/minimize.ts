import { blockedOn } from '../../core/diagnosis/blocked.ts';
import type { Denial } from '../../core/documents/denial.ts';
import { fail, ok, type Result } from '../../core/failure.ts';
import type { HostModel } from '../../core/hosts/host.ts';
import { candidatesOf, isByFilter } from '../../core/minimize/lattice.ts';
import { CONFIDENT_PASSES } from '../../core/minimize/passRate.ts';
import { NOTHING } from '../../core/minimize/problem.ts';
import { refusedCalls, wouldRefuse } from '../../core/minimize/refused.ts';
import { type Solution, search } from '../../core/minimize/search.ts';
import type { SearchOptions } from '../../core/minimize/state.ts';
import { type Measured, measureBaseline } from './minimizeBaseline.ts';
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
  /** Executions of the result, and how many of them passed. */
  readonly passes?: { readonly passed: number; readonly cast: number };
  readonly executions: number;
  /** Why the command fails whenever strace watches it: the experiments ran without, so not every call was seen. */
  readonly tracerFails?: string;
  /** The profile that will be written, run as that very host would load it. */
  readonly written?: Written;
  readonly notes: readonly string[];
}

const FLAKY_REPEAT = 5;

/** A command is quick if so many passes take no longer than this, in seconds. */
const QUICK_SECONDS = 30;

/** The whole question from the baseline to the proof. */
export async function minimize(wishes: MinimizeWishes): Promise<Result<Minimized>> {
  const runner = new Runner(wishes.runner);
  const notes: string[] = [];
  const measured = await measureBaseline(runner, wishes);
  if (!measured.ok) return measured;
  const first = await answer(wishes, runner, measured.value, notes);
  if (!first.ok || !('flaky' in first.value)) return first as Result<Minimized>;
  // That it fails without a filter, too, showed late: what was found until then may be chance.
  const { flaky } = first.value;
  const second = await answer(wishes, runner, { ...measured.value, baseline: flaky }, notes);
  return second as Result<Minimized>;
}

/** How often what passes must pass. */
function confirmations(
  { search, deadline }: MinimizeWishes,
  { flaky, runs, seconds }: Baseline,
): Pick<SearchOptions, 'confirm' | 'confident'> {
  if (search.confirm !== undefined) return { confirm: search.confirm };
  if (flaky) return { confirm: 2 };
  // The whole time that the user gave, if there is one: what else it was for has been done by then.
  const limit = deadline === undefined ? QUICK_SECONDS : Number.POSITIVE_INFINITY;
  if (CONFIDENT_PASSES * seconds > limit) return { confirm: runs };
  return { confirm: runs, confident: { passes: CONFIDENT_PASSES, seconds: limit } };
}

/** The answer, or the baseline of a command that proves to be flaky only now. */
async function answer(
  wishes: MinimizeWishes,
  runner: Runner,
  { baseline, summaries, tracerFails, outputs }: Measured,
  notes: string[],
): Promise<Result<Minimized | { readonly flaky: Baseline }>> {
  const { host } = wishes;
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
  const asIs = await observeHost(session, runner, wishes, baseline, notes);
  if (!asIs.ok) return asIs;
  if ('flaky' in asIs.value) return ok({ flaky: asIs.value.flaky });
  const { seen, passes } = asIs.value;
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
    return ok({ ...common, outcome: 'nothing-to-fix', passes, executions: runner.executions, notes });
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
      ...confirmations(wishes, baseline),
      baselines: baseline.passed,
      deterministic: !baseline.flaky,
      // Of calls that were not seen, no change was tried.
      ...(tracerFails === undefined ? {} : { aim: '1-minimal' }),
    }),
  );
  if (solution.stopped === 'flaky') {
    const { baselines } = solution;
    return ok({ flaky: { ...baseline, runs: baselines, passed: baselines - 1, flaky: true } });
  }
  const outcome = solution.best ? 'fixed' : solution.stopped ? 'interrupted' : 'no-fix';
  const written = await runAsWritten(solution, runner, host, baseline, outputs);
  return ok({
    ...common,
    outcome,
    solution,
    ...(solution.best ? { passes: solution.ledger.executions(solution.best) } : {}),
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

interface AsIs {
  readonly seen: Seen;
  /** Executions on the host as it is, and how many passed. */
  readonly passes: { readonly passed: number; readonly cast: number };
}

/**
 * The run on the host as it is. That nothing has to be changed is believed only after as many passes as any other result
 * needs. Where one fails among them, it is the filter's doing if the command goes on to pass without it.
 */
async function observeHost(
  session: Session,
  runner: Runner,
  wishes: MinimizeWishes,
  baseline: Baseline,
  notes: string[],
): Promise<Result<AsIs | { readonly flaky: Baseline }>> {
  const first = await session.observe(NOTHING, 'host', 0, true);
  if (!first.ok) return first;
  const { seen } = first.value;
  let [passed, cast] = [0, 0];
  const count = ({ observation: { outcome, votes } }: Seen): void => {
    passed += votes?.passed ?? Number(outcome === 'pass');
    cast += votes?.cast ?? Number(outcome !== 'unresolved');
  };
  count(seen);
  if (seen.observation.outcome !== 'pass') return ok({ seen, passes: { passed, cast } });
  const { confirm, confident = { passes: 0, seconds: 0 } } = confirmations(wishes, baseline);
  const least = Math.max(2, confirm);
  let spent = 0;
  for (let times = 1; times < least || (times < confident.passes && spent < confident.seconds); times++) {
    wishes.onProgress({ phase: 'host', done: times, remaining: least - times, best: undefined });
    const next = await session.observe(NOTHING, 'confirm', 0, true);
    if (!next.ok) return next;
    const { observation } = next.value.seen;
    count(next.value.seen);
    spent += observation.seconds;
    if (observation.outcome === 'pass') continue;
    if (observation.outcome === 'fail' && !baseline.flaky) {
      const flaky = await failsToo(session, baseline, 3 * cast);
      if (!flaky.ok) return flaky;
      if (flaky.value) return ok({ flaky: flaky.value });
    }
    notes.push(`as ${wishes.host.identity.expression} it passed ${passed} of ${cast} times`);
    const failed = await tracedFailure(session, runner, 3 * cast);
    if (!failed.ok) return failed;
    // A trace of a run that passed says nothing of the one that failed.
    const { summary: _, ...untraced } = next.value.seen;
    return ok({ seen: failed.value ?? untraced, passes: { passed, cast } });
  }
  return ok({ seen, passes: { passed, cast } });
}

/** The baseline after so many runs, if the command fails in one of them. */
async function failsToo(
  session: Session,
  baseline: Baseline,
  times: number,
): Promise<Result<Baseline | undefined>> {
  for (let runs = baseline.runs + 1; runs <= times; runs++) {
    const again = await session.observe(NOTHING, 'baseline', 0, false);
    if (!again.ok) return again;
    if (again.value.seen.observation.outcome === 'fail')
      return ok({ ...baseline, runs, passed: runs - 1, flaky: true });
  }
  return ok(undefined);
}

/** A traced run on the host as it is that fails, if there is one among so many. */
async function tracedFailure(
  session: Session,
  runner: Runner,
  most: number,
): Promise<Result<Seen | undefined>> {
  if (!runner.options.strace) return ok(undefined);
  for (let i = 0; i < most; i++) {
    const next = await session.observe(NOTHING, 'host', 0, true);
    if (!next.ok) return next;
    if (next.value.seen.observation.outcome === 'fail') return ok(next.value.seen);
  }
  return ok(undefined);
}
