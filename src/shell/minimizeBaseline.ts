import { fail, ok, type Result } from '../core/failure.ts';
import { withoutFilter } from '../core/minimize/refused.ts';
import type { TraceSummary } from '../core/trace/event.ts';
import type { Runner } from './minimizeRunner.ts';
import type { Baseline, MinimizeWishes } from './minimizeSession.ts';

/** Quick commands are run more often: it costs nothing, and shows that a command is flaky. */
const QUICK_SECONDS = 3;
const MOST_BASELINES = 10;
/** What the command does without a filter. Executions that passed and were traced are in `summaries`. */
export async function measureBaseline(
  runner: Runner,
  wishes: MinimizeWishes,
  traced: 'first' | 'all' = 'first',
): Promise<Result<{ baseline: Baseline; summaries: readonly TraceSummary[] }>> {
  const bare = withoutFilter(wishes.host);
  const limit = wishes.timeoutSeconds === undefined ? {} : { timeoutSeconds: wishes.timeoutSeconds };
  let [runs, passed, seconds, spent] = [0, 0, 0, 0];
  const summaries: TraceSummary[] = [];
  let why = '';
  const { repeat } = runner.options;
  runner.options.repeat = 1;
  const rounds = Math.max(2, wishes.repeatChosen ? repeat : 2);
  // The first is traced: what it calls decides what may be refused.
  for (; runs < rounds || (spent < QUICK_SECONDS && runs < MOST_BASELINES); ) {
    wishes.onProgress({
      phase: 'baseline',
      done: runs,
      remaining: Math.max(1, rounds - runs),
      best: undefined,
    });
    const seen = await runner.experiment(bare, {
      once: true,
      traced: runs === 0 || traced === 'all',
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
      seconds = Math.max(seconds, observation.seconds);
      if (seen.value.summary) summaries.push(seen.value.summary);
    } else {
      why = observation.why ?? '';
      const said = seen.value.result?.stderr.trim().split('\n').at(-1);
      if (said) why += ` (${said})`;
      if (runs >= 3 && passed === 0) break;
    }
  }
  runner.options.repeat = repeat;
  if (passed === 0) {
    return fail('undecided', `without a filter the command fails too: ${why}`, {
      hint: 'then no change of a seccomp profile can cure it; see --test and --expect-output for what counts as a pass',
    });
  }
  const timeoutSeconds = wishes.timeoutSeconds ?? Math.max(10, Math.ceil(5 * seconds));
  return ok({ baseline: { runs, passed, flaky: passed < runs, seconds, timeoutSeconds }, summaries });
}
