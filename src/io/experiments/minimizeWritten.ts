import type { HostModel } from '../../core/hosts/host.ts';
import { choicesOf } from '../../core/minimize/changeHost.ts';
import type { Observation } from '../../core/minimize/problem.ts';
import { wholeProfile } from '../../core/minimize/profileDocument.ts';
import type { Solution } from '../../core/minimize/search.ts';
import type { Runner } from './minimizeRunner.ts';
import type { Baseline } from './minimizeSession.ts';

/** What a run under the written profile gave. */
export type Written = Pick<Observation, 'outcome' | 'seconds' | 'why'>;

/**
 * Runs the profile as it will be written, loaded by that host’s own engine, runtime and libseccomp: not always what was
 * asked of it. Undefined where nothing was found, or the host’s parts are not known.
 */
export async function runAsWritten(
  { best, ledger, stopped }: Solution,
  runner: Runner,
  host: HostModel,
  { timeoutSeconds }: Baseline,
): Promise<Written | undefined> {
  if (!best || stopped === 'interrupted') return undefined;
  const whole = wholeProfile(host, choicesOf(best, ledger.candidates));
  if (!whole.ok || !whole.value.loaded) return undefined;
  const done = await runner.experiment(whole.value.loaded, { traced: false, timeoutSeconds });
  if (!done.ok) return undefined;
  const { outcome, seconds, why } = done.value.observation;
  return { outcome, seconds: Math.round(seconds * 1000) / 1000, ...(why === undefined ? {} : { why }) };
}
