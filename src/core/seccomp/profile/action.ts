import type { Cause } from '../../documents/denial.ts';
import { errnoName } from '../../linux/errno.ts';

/** What a filter does with a call: libseccomp's SCMP_ACT_*, in the kernel's terms (seccomp(2)). */
export type Action =
  | { readonly kind: 'allow' | 'log' | 'kill_thread' | 'kill_process' | 'trap' | 'notify' }
  | { readonly kind: 'errno' | 'trace'; readonly value: number };

export type { Cause };

/** `ENOSYS`, `allow`, `kill thread`: the name of an action. */
export function actionText(action: Action): string {
  if (action.kind === 'errno') return errnoName(action.value) ?? `errno ${action.value}`;
  return action.kind.replace('_', ' ');
}
