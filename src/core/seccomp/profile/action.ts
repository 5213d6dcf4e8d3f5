import type { Cause } from '../../documents/denial.ts';
import { errnoName } from '../../linux/errno.ts';

/** What a filter does with a call: libseccomp's SCMP_ACT_*, in the kernel's terms (seccomp(2)). */
export type Action =
  | { readonly kind: 'allow' | 'log' | 'kill_thread' | 'kill_process' | 'trap' | 'notify' }
  | { readonly kind: 'errno' | 'trace'; readonly value: number };

export type { Cause };

/** The bits of an errno or trace value that a filter has room for; runtimes cut the others off (65537 is EPERM). */
export const ERRNO_BITS = 0xffff;

/** `ENOSYS`, `allow`, `kill thread`: the name of an action. */
export function actionText(action: Action): string {
  if (action.kind === 'errno') return errnoName(action.value) ?? `errno ${action.value}`;
  return action.kind.replace('_', ' ');
}

/** Whether two actions give the same result, with the same errno or value. */
export function sameAction(a: Action, b: Action): boolean {
  return a.kind === b.kind && ('value' in a ? a.value : 0) === ('value' in b ? b.value : 0);
}
