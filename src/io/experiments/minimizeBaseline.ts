import { fail, ok, type Result } from '../../core/failure.ts';
import { withoutFilter } from '../../core/minimize/refused.ts';
import type { TraceSummary } from '../../core/strace/grammar/event.ts';
import { calibrated } from '../recording/ready.ts';
import type { Runner } from './minimizeRunner.ts';
import type { Baseline, MinimizeWishes } from './minimizeSession.ts';

/** Quick commands are run more often: it costs nothing, and shows that a command is flaky. */
const QUICK_SECONDS = 3;
const MOST_BASELINES = 10;
/** A command that never passed is not worth more of them, unless `--repeat` says how flaky it is. */
const ENOUGH_FAILURES = 3;

/**
 * What the command does without a filter. The first `traced` executions that pass are traced, into `summaries`; one more
 * at least is not, and tells how long the command takes.
 */
export async function measureBaseline(
  runner: Runner,
  wishes: MinimizeWishes,
  traced = 1,
): Promise<Result<{ baseline: Baseline; summaries: readonly TraceSummary[] }>> {
  const bare = withoutFilter(wishes.host);
  const limit = wishes.timeoutSeconds === undefined ? {} : { timeoutSeconds: wishes.timeoutSeconds };
  let [runs, passed, seconds, slow, spent] = [0, 0, 0, 0, 0];
  const summaries: TraceSummary[] = [];
  let why = '';
  const { repeat } = runner.options;
  runner.options.repeat = 1;
  const rounds = Math.max(traced + 1, wishes.repeatChosen ? repeat : 2);
  const stops: (number | undefined)[] = [];
  for (; runs < rounds || (spent < QUICK_SECONDS && runs < MOST_BASELINES); ) {
    wishes.onProgress({
      phase: 'baseline',
      done: runs,
      remaining: Math.max(1, rounds - runs),
      best: undefined,
    });
    // Of a flaky command, a run that failed may have ended before the calls in question.
    const wantsTrace = passed < traced;
    const seen = await runner.experiment(bare, {
      once: true,
      traced: wantsTrace,
      ...limit,
    });
    if (!seen.ok) return seen;
    const { observation } = seen.value;
    if (observation.outcome === 'unresolved') {
      return fail('undecided', `without a filter the command gives no answer: ${observation.why ?? ''}`, {
        hint: 'this is no question of seccomp; see --timeout, --ready and --test',
      });
    }
    runs++;
    spent += observation.seconds;
    if (observation.outcome === 'pass') {
      passed++;
      if (!wantsTrace) seconds = Math.max(seconds, observation.seconds);
      else slow = Math.max(slow, observation.seconds);
      if (seen.value.summary) summaries.push(seen.value.summary);
      stops.push(seen.value.watched?.stopping);
    } else {
      why = observation.why ?? '';
      if (passed === 0 && runs >= Math.max(ENOUGH_FAILURES, rounds)) break;
    }
  }
  runner.options.repeat = repeat;
  if (passed === 0) {
    return fail('undecided', `without a filter the command fails too: ${why}`, {
      hint: 'then no change of a seccomp profile can cure it; see --test and --expect-output for what counts as a pass',
    });
  }
  if (seconds === 0) seconds = slow;
  const { readiness } = runner.options;
  if (readiness) {
    const slowest = stops.reduce(
      (a, b) => (a === undefined || b === undefined ? undefined : Math.max(a, b)),
      0,
    );
    runner.options.readiness = calibrated(readiness, slowest);
  }
  const timeoutSeconds = wishes.timeoutSeconds ?? Math.max(10, Math.ceil(5 * seconds));
  return ok({ baseline: { runs, passed, flaky: passed < runs, seconds, timeoutSeconds }, summaries });
}
