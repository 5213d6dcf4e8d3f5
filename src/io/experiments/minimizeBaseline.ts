import { fail, ok, type Result } from '../../core/failure.ts';
import { BaselineRuns } from '../../core/minimize/baselineRuns.ts';
import { withoutFilter } from '../../core/minimize/refused.ts';
import type { TraceSummary } from '../../core/strace/grammar/event.ts';
import { calibrated } from '../recording/ready.ts';
import type { Runner, Seen } from './minimizeRunner.ts';
import type { Baseline, MinimizeWishes } from './minimizeSession.ts';

export interface Measured {
  readonly baseline: Baseline;
  /** Of the traced runs that passed; of those that failed where `tracerFails`: they show a part of the calls. */
  readonly summaries: readonly TraceSummary[];
  /** Why the command fails whenever strace watches it, although it passes without. */
  readonly tracerFails?: string;
  /** What the runs that passed printed, both streams. */
  readonly outputs: readonly string[];
}

/**
 * What the command does without a filter. The first `traced` executions that pass are traced, into `summaries`; one more
 * at least is not, and tells how long the command takes.
 */
export async function measureBaseline(
  runner: Runner,
  wishes: MinimizeWishes,
  traced = 1,
): Promise<Result<Measured>> {
  const bare = withoutFilter(wishes.host);
  const limit = wishes.timeoutSeconds === undefined ? {} : { timeoutSeconds: wishes.timeoutSeconds };
  const { repeat, strace } = runner.options;
  const tally = new BaselineRuns(strace ? traced : 0, wishes.repeatChosen ? repeat : 2);
  const passing: TraceSummary[] = [];
  const failing: TraceSummary[] = [];
  const outputs: string[] = [];
  const stops: (number | undefined)[] = [];
  runner.options.repeat = 1;
  for (let kind = tally.next(); kind; kind = tally.next()) {
    const { runs: done, remaining } = tally;
    wishes.onProgress({ phase: 'baseline', done, remaining, best: undefined });
    const seen = await runner.experiment(bare, { once: true, traced: kind === 'traced', ...limit });
    if (!seen.ok) return seen;
    const { observation, summary, watched, result } = seen.value;
    if (observation.outcome === 'unresolved' && (kind === 'plain' || !mayBeTracer(seen.value))) {
      return fail('undecided', `without a filter the command gives no answer: ${observation.why ?? ''}`, {
        hint: 'this is no question of seccomp; see --timeout, --ready and --test',
      });
    }
    const passed = observation.outcome === 'pass';
    tally.add(kind, { ...observation, passed });
    // Of a flaky command, a run that failed may have ended before the calls in question.
    if (summary) (passed ? passing : failing).push(summary);
    if (passed) stops.push(watched?.stopping);
    if (passed && result) outputs.push(result.stdout, result.stderr);
  }
  runner.options.repeat = repeat;
  const { counted, seconds, why, tracerFails } = tally;
  if (counted.passed === 0) {
    return fail('undecided', `without a filter the command fails too: ${why}`, {
      hint: 'then no change of a seccomp profile can cure it; see --test and --expect-output for what counts as a pass',
    });
  }
  const { readiness } = runner.options;
  if (readiness) {
    const slowest = stops.reduce(
      (a, b) => (a === undefined || b === undefined ? undefined : Math.max(a, b)),
      0,
    );
    runner.options.readiness = calibrated(readiness, slowest);
  }
  const timeoutSeconds = wishes.timeoutSeconds ?? Math.max(10, Math.ceil(5 * seconds));
  const baseline = { ...counted, flaky: counted.passed < counted.runs, seconds, timeoutSeconds };
  if (tracerFails === undefined) return ok({ baseline, summaries: passing, outputs });
  return ok({ baseline, summaries: failing, tracerFails, outputs });
}

/** A run that came to nothing although it was started: strace can stop a program for good that traces another one. */
function mayBeTracer({ result }: Seen): boolean {
  return result !== undefined && result.ended !== 'engine-failed';
}
