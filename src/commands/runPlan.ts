import { ok, type Result } from '../core/failure.ts';
import type { Job } from '../io/engines/engine.ts';
import type { Recorder } from '../io/recording/record.ts';
import type { Place } from './place.ts';
import type { RunFlags } from './runFlags.ts';

/** How the command is run and recorded. */
export interface Plan {
  readonly mode: 'full' | 'fast';
  readonly recorder: Recorder;
  /** It runs without the host's filter, which is evaluated afterwards. */
  readonly evaluated: boolean;
  readonly job: Omit<Job, 'command' | 'stdio' | 'tracing' | 'notifying'>;
}

/** Whether the engine starts the command here, and not in a container. */
export const onThisMachine = ({ engine }: Place): boolean =>
  engine.name === 'bubblewrap' || engine.name === 'host';

/** How to record a command at a place: with --fast by notification where that works. */
export async function planOf(place: Place, flags: RunFlags): Promise<Result<Plan>> {
  if (!flags.fast || !onThisMachine(place)) return straceOf(place, flags);
  const host = place.engine.name === 'host' ? place.host : place.job.host;
  const { whyNoNotification } = await import('../io/engines/notify.ts');
  if ((await whyNoNotification(host)) !== undefined) return straceOf(place, flags);
  const job = { ...place.job, ...(host ? { host } : {}) };
  return ok({ mode: 'fast', recorder: { method: 'notification' }, evaluated: false, job });
}

/** The same with strace, which works in every place. */
export async function straceOf(place: Place, flags: RunFlags): Promise<Result<Plan>> {
  const [{ callsInQuestion, stopsAt }, { runningMachine, underFilter }, { straceFor }] = await Promise.all([
    import('../core/hosts/fast.ts'),
    import('../io/machine/machine.ts'),
    import('../io/recording/strace.ts'),
  ]);
  const found = await straceFor(!onThisMachine(place));
  if (!found.ok) return found;
  const strace = found.value;
  const machine = runningMachine();
  const abi = machine.ok ? machine.value.arch : place.host.identity.arch;
  const { denied, allowed, tested: raw } = callsInQuestion([place.host], abi);
  const times = flags.times ? { times: true } : {};
  const everything: Recorder = { method: 'strace', strace, wishes: { raw, ...times } };
  // An engine without a filter can only be judged afterwards.
  if (!flags.fast && place.engine.name !== 'host') {
    return ok({ mode: 'full', recorder: everything, evaluated: false, job: place.job });
  }
  const { host: _filter, ...job } = place.job;
  const fast = { mode: 'fast' as const, evaluated: true, job };
  // Where a filter is on us already, its refusals outrank stops and would not be seen: every call is looked at.
  if (underFilter()) return ok({ ...fast, recorder: everything });
  const wishes = { raw, ...times, except: allowed };
  // strace's filter alone lets new calls pass, and only bubblewrap loads another.
  if (place.engine.name !== 'bubblewrap' || !strace.seccompBpf) {
    return ok({
      ...fast,
      recorder: { method: 'strace', strace: { ...strace, seccompBpf: false }, wishes },
    });
  }
  const stops = stopsAt(denied, abi);
  if (!stops.ok) return stops;
  return ok({ ...fast, recorder: { method: 'strace', strace, wishes }, job: { ...job, stops: stops.value } });
}
