import type { DockerProfile, DockerRule } from '../seccomp/formats/dockerProfile.ts';
import type { Target } from '../seccomp/profile/target.ts';

/**
 * How a profile says ENOSYS. `rule`: SCMP_ACT_ERRNO with `errnoRet`. `default`: `defaultErrnoRet`, for names that the
 * host's libseccomp does not know and would skip. `trace` and `trace-default`: SCMP_ACT_TRACE, which the kernel turns into
 * ENOSYS where no tracer asked for such stops (seccomp(2)), for engines that drop errnos.
 */
export type EnosysForm = 'rule' | 'default' | 'trace' | 'trace-default';

/** No patch by names can say it: the default action is another one. */
export function changesDefault(form: EnosysForm): boolean {
  return form === 'default' || form === 'trace-default';
}

const EPERM = 1;
const ENOSYS = 38;

/** The profile in each form in which that host could load it, the best first. */
export function* formsOf(
  profile: DockerProfile,
  target: Target,
): Generator<readonly [EnosysForm, DockerProfile]> {
  yield ['rule', loadableBy(profile, target)];
  // Of another default nothing is known to be as strict.
  const byErrno = profile.defaultAction === 'SCMP_ACT_ERRNO';
  if (byErrno) yield ['default', loadableBy({ ...profile, defaultErrnoRet: ENOSYS }, target)];
  const traced = profile.syscalls.map((group) => (saysEnosys(group) ? tracing(group) : group));
  yield ['trace', loadableBy({ ...profile, syscalls: traced }, target)];
  if (!byErrno) return;
  const { defaultErrnoRet: _, ...rest } = profile;
  // What says ENOSYS is left to the default; all else that is refused is listed.
  const listed = profile.syscalls.filter((group) => !saysEnosys(group));
  yield ['trace-default', loadableBy({ ...rest, defaultAction: 'SCMP_ACT_TRACE', syscalls: listed }, target)];
}

function saysEnosys({ action, errnoRet }: DockerRule): boolean {
  return action === 'SCMP_ACT_ERRNO' && errnoRet === ENOSYS;
}

function tracing({ errnoRet: _, ...group }: DockerRule): DockerRule {
  return { ...group, action: 'SCMP_ACT_TRACE' };
}

/**
 * Without what keeps an old runtime from starting anything: crun before 0.5 ends at a name that its libseccomp does not
 * know, crun before 0.4 and runc before 1.0.2 at a rule that says the same as the default (where the engine drops `errnoRet`, every
 * errno is EPERM).
 */
function loadableBy(profile: DockerProfile, { engine, runtime, libseccomp }: Target): DockerProfile {
  const errno = (value: number | undefined) =>
    engine.passesErrnoRet && runtime.honoursErrnoRet ? (value ?? EPERM) : EPERM;
  const byDefault =
    engine.passesDefaultErrnoRet && runtime.honoursDefaultErrnoRet
      ? (profile.defaultErrnoRet ?? EPERM)
      : EPERM;
  const syscalls = profile.syscalls
    .filter(
      ({ action, errnoRet }) =>
        runtime.redundantRule === 'skip' ||
        action !== profile.defaultAction ||
        (action === 'SCMP_ACT_ERRNO' && errno(errnoRet) !== byDefault),
    )
    .map((group) =>
      runtime.unknownName === 'error'
        ? { ...group, names: group.names.filter((name) => libseccomp.knows(name)) }
        : group,
    )
    .filter(({ names }) => names.length > 0);
  return { ...profile, syscalls };
}
