import { unreachable } from '../../failure.ts';
import type { Action } from '../profile/action.ts';

/** SECCOMP_RET_* of linux/seccomp.h. */
export const RET = {
  KILL_PROCESS: 0x80000000,
  KILL_THREAD: 0x00000000,
  TRAP: 0x00030000,
  ERRNO: 0x00050000,
  USER_NOTIF: 0x7fc00000,
  TRACE: 0x7ff00000,
  LOG: 0x7ffc0000,
  ALLOW: 0x7fff0000,
} as const;

const DATA = 0xffff;

/** The value a filter returns for an action. */
export function returnOf(action: Action): number {
  switch (action.kind) {
    case 'allow':
      return RET.ALLOW;
    case 'errno':
      return RET.ERRNO | (action.value & DATA);
    case 'trace':
      return RET.TRACE | (action.value & DATA);
    case 'log':
      return RET.LOG;
    case 'kill_thread':
      return RET.KILL_THREAD;
    case 'kill_process':
      return RET.KILL_PROCESS;
    case 'trap':
      return RET.TRAP;
    case 'notify':
      return RET.USER_NOTIF;
    default:
      return unreachable(action);
  }
}

/** What the kernel does with a value that a filter returned; what it does not know kills the process (since 4.14). */
export function actionOf(value: number): Action {
  const data = value & DATA;
  switch ((value & ~DATA) >>> 0) {
    case RET.ALLOW:
      return { kind: 'allow' };
    case RET.ERRNO:
      return { kind: 'errno', value: data };
    case RET.TRACE:
      return { kind: 'trace', value: data };
    case RET.LOG:
      return { kind: 'log' };
    case RET.KILL_THREAD:
      return { kind: 'kill_thread' };
    case RET.TRAP:
      return { kind: 'trap' };
    case RET.USER_NOTIF:
      return { kind: 'notify' };
    default:
      return { kind: 'kill_process' };
  }
}
