import { EPERM } from '../../linux/errno.ts';
import { ERRNO_BITS } from './action.ts';
import type { Profile, ProfileAction, ProfileGroup } from './profile.ts';
import type { Target } from './target.ts';

const takesErrno = (kind: ProfileAction): boolean => kind === 'errno' || kind === 'trace';

/** libseccomp takes errno values below this only (measured with 2.5.4: 4094 is taken, 4095 is EINVAL). */
const MAX_ERRNO = 4095;
/** What crun reads (measured with 1.8.1); runc takes any number. */
const MAX_U32 = 0xffffffff;

/**
 * Why the runtime does not start a container with this profile at all, in words; undefined when it does. Measured with
 * runc 1.1.5 and crun 1.8.1 where facts/ is silent. `groups` are those that the engine passes on.
 */
export function refusedBy(
  profile: Profile,
  groups: readonly ProfileGroup[],
  target: Target,
): string | undefined {
  const { engine, runtime } = target;
  const { defaultAction, defaultErrnoRet, flags, listenerPath } = profile;
  const name = (kind: ProfileAction): string => `SCMP_ACT_${kind.toUpperCase()}`;
  const parts = [
    {
      action: defaultAction,
      errno: engine.passesDefaultErrnoRet ? defaultErrnoRet : undefined,
      honoured: runtime.honoursDefaultErrnoRet,
      field: 'defaultErrnoRet',
    },
    ...groups.map(({ action, errnoRet }) => ({
      action,
      errno: engine.passesErrnoRet ? errnoRet : undefined,
      honoured: runtime.honoursErrnoRet,
      field: 'errnoRet',
    })),
  ];
  for (const { action, errno = EPERM, field, honoured } of parts) {
    if (!runtime.acceptsAction(action)) return `the action ${name(action)}`;
    if (runtime.name === 'crun' && errno > MAX_U32) return `${field} above ${MAX_U32}`;
    if (action === 'errno' && honoured && (errno & ERRNO_BITS) >= MAX_ERRNO)
      return `${field} ${errno}: the largest is ${MAX_ERRNO - 1}`;
  }
  if (runtime.name === 'runc' && groups.some(({ names }) => names.includes('')))
    return 'an empty syscall name';
  const stray = parts.find(({ action, errno }) => errno !== undefined && !takesErrno(action));
  if (stray && runtime.strayErrno === 'error')
    return `${stray.field} with the action ${name(stray.action)}, which takes none`;
  if (runtime.name === 'runc' && parts.some(({ action }) => action === 'notify')) {
    if (defaultAction === 'notify') return 'SCMP_ACT_NOTIFY as default action';
    if (listenerPath === undefined || !engine.passesDefaultErrnoRet)
      return 'SCMP_ACT_NOTIFY without listenerPath';
  }
  // The engines learned to pass flags on together with defaultErrnoRet.
  const flag = engine.passesDefaultErrnoRet ? flags.find((each) => !runtime.acceptsFlag(each)) : undefined;
  return flag === undefined ? undefined : `the flag ${flag}`;
}
