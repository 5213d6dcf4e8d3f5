import { errnoName } from '../linux/errno.ts';
import type { Action } from '../seccomp/profile/action.ts';

/**
 * What the program sees of an action: an errno name, `SIGSYS`, or undefined where the call goes through. `trace` without a
 * tracer and `notify` without a listener give ENOSYS (seccomp(2)). Profiles are written with the generic errno values, so
 * they are named by them on every architecture.
 */
export function refusal(action: Action): string | undefined {
  switch (action.kind) {
    case 'allow':
    case 'log':
      return undefined;
    case 'errno':
      // An errno of 0 is no refusal to the program: the call is skipped and seems to succeed.
      return action.value === 0 ? undefined : (errnoName(action.value) ?? `errno ${action.value}`);
    case 'trace':
    case 'notify':
      return 'ENOSYS';
    case 'trap':
    case 'kill_thread':
    case 'kill_process':
      return 'SIGSYS';
  }
}
