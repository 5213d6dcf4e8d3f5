import type { Condition } from './policy.ts';
import type { ProfileArchitectures } from './target.ts';

/** An action as a profile names it: SCMP_ACT_* in lower case. */
export type ProfileAction =
  | 'allow'
  | 'errno'
  | 'kill_thread'
  | 'kill_process'
  | 'trap'
  | 'trace'
  | 'log'
  | 'notify';

/** `includes` or `excludes` of a group: an engine drops groups by these when it creates the container. */
export interface Requirement {
  /** In the engine's vocabulary: libseccomp-golang names for Docker and Podman, GOARCH for containerd. */
  readonly arches: readonly string[];
  /** `CAP_SYS_ADMIN` … */
  readonly caps: readonly string[];
  /** `4.8`: only Docker since 19.03 looks at it. */
  readonly minKernel?: { readonly major: number; readonly minor: number };
}

/** One entry of `syscalls`: the names it is about and what happens to them. */
export interface ProfileGroup {
  readonly names: readonly string[];
  readonly action: ProfileAction;
  /** For `errno` (and the message of `trace`). */
  readonly errnoRet?: number;
  readonly args: readonly Condition[];
  readonly includes: Requirement;
  readonly excludes: Requirement;
  readonly comment?: string;
}

/** A seccomp profile document, whatever its dialect: Docker's, OCI's, Podman's, containerd's, the old list form. */
export interface Profile {
  readonly defaultAction: ProfileAction;
  readonly defaultErrnoRet?: number;
  /** `archMap` or `architectures`, as far as the document has them. */
  readonly architectures: ProfileArchitectures;
  readonly groups: readonly ProfileGroup[];
  readonly flags: readonly string[];
  readonly listenerPath?: string;
  readonly listenerMetadata?: string;
}

/** No requirement at all. */
export const ALWAYS: Requirement = { arches: [], caps: [] };
