import type { ActionDocument } from '../core/documents/profile.ts';
import { errnoName } from '../core/linux/errno.ts';
import type { Action } from '../core/seccomp/profile/action.ts';

/** An action as documents name it: the errno by name, or its value where it has none. */
export function actionDocument(action: Action): ActionDocument {
  if (action.kind !== 'errno') return { action: action.kind };
  return { action: 'errno', errno: errnoName(action.value) ?? `${action.value}` };
}
