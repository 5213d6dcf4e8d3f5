import type { HostModel } from '../../core/hosts/host.ts';
import { allowedInstead, answersEnosys, type Choices, choicesOf } from '../../core/minimize/changeHost.ts';
import type { Observation } from '../../core/minimize/problem.ts';
import { wholeProfile } from '../../core/minimize/profileDocument.ts';
import type { Solution } from '../../core/minimize/search.ts';
import type { Runner } from './minimizeRunner.ts';
import type { Baseline } from './minimizeSession.ts';

export interface Written {
  /** What that profile says: the result of the search, or `instead` of it what the host can be told. */
  readonly choices: Choices;
  readonly seen: Pick<Observation, 'outcome' | 'seconds' | 'why'>;
  /** Calls that it allows because that host cannot be told to answer ENOSYS to them; each was seen to be needed. */
  readonly instead: readonly string[];
}

/**
 * Runs the profile as it will be written, loaded by that host’s own engine, runtime and libseccomp: not always what was
 * asked of it. Engines that drop `errnoRet` can’t be told to answer ENOSYS; there the calls are allowed, as far as they
 * have to be. Undefined where nothing was found, or the host’s parts are not known.
 */
export async function runAsWritten(
  { best, ledger, stopped }: Solution,
  runner: Runner,
  host: HostModel,
  { timeoutSeconds }: Baseline,
): Promise<Written | undefined> {
  if (!best || stopped) return undefined;
  const run = async (choices: Choices) => {
    const whole = wholeProfile(host, choices);
    if (!whole.ok || !whole.value.loaded) return undefined;
    const done = await runner.experiment(whole.value.loaded, { traced: false, timeoutSeconds });
    if (!done.ok) return undefined;
    const { outcome, seconds, why } = done.value.observation;
    const seen = {
      outcome,
      seconds: Math.round(seconds * 1000) / 1000,
      ...(why === undefined ? {} : { why }),
    };
    return { seen, unmet: whole.value.unmet };
  };

  const chosen = choicesOf(best, ledger.candidates);
  const first = await run(chosen);
  if (!first) return undefined;
  const asked: Written = { choices: chosen, seen: first.seen, instead: [] };
  const silent = first.unmet.filter((name) => chosen.has(name) && answersEnosys(chosen.get(name)!));
  if (first.seen.outcome === 'pass' || silent.length === 0) return asked;

  const allowed = new Map(chosen);
  for (const name of silent) allowed.set(name, allowedInstead(chosen.get(name)!));
  const second = await run(allowed);
  if (second?.seen.outcome !== 'pass') return asked;
  let [choices, seen] = [allowed, second.seen];
  for (const name of silent) {
    const without = new Map(choices);
    without.delete(name);
    const less = await run(without);
    if (less?.seen.outcome === 'pass') [choices, seen] = [without, less.seen];
  }
  return { choices, seen, instead: silent.filter((name) => choices.has(name)) };
}
