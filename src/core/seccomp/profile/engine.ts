import type { RuleOrigin } from '../../documents/reason.ts';
import { fail, ok, type Result } from '../../failure.ts';
import type { Abi } from '../../linux/abi.ts';
import { EPERM } from '../../linux/errno.ts';
import { compareKernels } from '../../linux/kernel.ts';
import { type Action, actionText, ERRNO_BITS } from './action.ts';
import { profileOrigin } from './origin.ts';
import type { Condition } from './policy.ts';
import type { Profile, ProfileAction, Requirement } from './profile.ts';
import { refusedBy } from './refused.ts';
import type { RuntimeRules, Target } from './target.ts';

/** One `syscalls` entry of the OCI object as the runtime understands it. */
export interface RuntimeGroup {
  readonly names: readonly string[];
  readonly action: Action;
  readonly args: readonly Condition[];
  readonly origin: RuleOrigin;
}

/** What the engine hands to the runtime: the OCI `linux.seccomp` object, errno values already as the runtime reads them. */
export interface RuntimeProfile {
  readonly defaultAction: Action;
  readonly architectures: readonly Abi[];
  readonly groups: readonly RuntimeGroup[];
}

/** Whether an engine keeps a group: no excluded thing is present and no included thing is missing. */
function applies(includes: Requirement, excludes: Requirement, target: Target): boolean {
  const { arch, caps, engine, kernel } = target;
  const name = engine.conditionArch(arch);
  if (name !== '' && excludes.arches.includes(name)) return false;
  if (excludes.caps.some((cap) => caps.has(cap))) return false;
  if (includes.arches.length > 0 && !includes.arches.includes(name)) return false;
  if (includes.caps.some((cap) => !caps.has(cap))) return false;
  if (engine.testsMinKernel) {
    if (excludes.minKernel && compareKernels(kernel, excludes.minKernel) >= 0) return false;
    if (includes.minKernel && compareKernels(kernel, includes.minKernel) < 0) return false;
  }
  return true;
}

/** An errno value counts for `errno` and `trace` only; each of engine and runtime may lose it, then it is EPERM. */
function actionOf(kind: ProfileAction, value: number | undefined, kept: boolean): Action {
  if (kind !== 'errno' && kind !== 'trace') return { kind };
  return { kind, value: kept ? (value ?? EPERM) & ERRNO_BITS : EPERM };
}

/** What the runtime refuses outright; then there is no container to ask. */
export function notStarted({ name, version }: RuntimeRules, refused: string): Result<never> {
  return fail('input', `${name} ${version} refuses ${refused}`, {
    hint: 'a container with this profile does not start there',
  });
}

/**
 * The engine's part (runtime-behaviour §0.1 and c): drops the groups whose conditions fail on this host, decides the
 * architectures, and passes errno values on if that version does.
 */
export function applyEngine(profile: Profile, target: Target): Result<RuntimeProfile> {
  const { engine, runtime } = target;
  const architectures = engine.architectures(profile.architectures, target.arch);
  if (!architectures.ok) return architectures;
  const keepsErrno = engine.passesErrnoRet && runtime.honoursErrnoRet;
  const keepsDefaultErrno = engine.passesDefaultErrnoRet && runtime.honoursDefaultErrnoRet;
  const active = profile.groups.flatMap((group, index) =>
    applies(group.includes, group.excludes, target) ? [{ group, index }] : [],
  );
  const refused = refusedBy(
    profile,
    active.map(({ group }) => group),
    target,
  );
  if (refused !== undefined) return notStarted(runtime, refused);
  const groups = active.map(({ group, index }): RuntimeGroup => {
    const { names, args } = group;
    const action = actionOf(group.action, group.errnoRet, keepsErrno);
    return { names, action, args, origin: profileOrigin(index, names, actionText(action)) };
  });
  const defaultAction = actionOf(profile.defaultAction, profile.defaultErrnoRet, keepsDefaultErrno);
  return ok({ defaultAction, architectures: architectures.value, groups });
}
