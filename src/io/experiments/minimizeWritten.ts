import type { HostModel } from '../../core/hosts/host.ts';
import { choicesOf } from '../../core/minimize/changeHost.ts';
import { newErrors } from '../../core/minimize/newErrors.ts';
import type { Observation } from '../../core/minimize/problem.ts';
import { wholeProfile } from '../../core/minimize/profileDocument.ts';
import type { Solution } from '../../core/minimize/search.ts';
import type { Runner } from './minimizeRunner.ts';
import type { Baseline } from './minimizeSession.ts';

/** What a run under the written profile gave. */
export interface Written extends Pick<Observation, 'outcome' | 'seconds' | 'why'> {
  /** Lines of its output that look like errors, whose like the runs without a filter did not print. */
  readonly newErrors: readonly string[];
}

/**
 * Runs the profile as it will be written, loaded by that host’s own engine, runtime and libseccomp: not always what was
 * asked of it. Undefined where nothing was found, or the host’s parts are not known.
 */
export async function runAsWritten(
  { best, ledger, stopped }: Solution,
  runner: Runner,
  host: HostModel,
  { timeoutSeconds }: Baseline,
  outputs: readonly string[],
): Promise<Written | undefined> {
  if (!best || stopped === 'interrupted') return undefined;
  const whole = wholeProfile(host, choicesOf(best, ledger.candidates));
  if (!whole.ok || !whole.value.loaded) return undefined;
  const done = await runner.experiment(whole.value.loaded, { traced: false, timeoutSeconds });
  if (!done.ok) return undefined;
  const { observation, result } = done.value;
  const { outcome, seconds, why } = observation;
  const printed = result === undefined ? '' : `${result.stdout}\n${result.stderr}`;
  return {
    outcome,
    seconds: Math.round(seconds * 1000) / 1000,
    ...(why === undefined ? {} : { why }),
    newErrors: outcome === 'pass' ? newErrors(outputs, printed) : [],
  };
}
