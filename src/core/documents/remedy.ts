import type { Fix } from './denial.ts';

/** What to do about refusals on one host: where they are gone for good, and what helps until then. */
export interface Remedy {
  /** The upgrade after which none of these calls is refused like this; `syscalls` where it covers only some. */
  readonly upgrade?: {
    readonly product: string;
    readonly version: string;
    /** The libseccomp that knows the names, where that of the host does not. */
    readonly libseccomp?: string;
    readonly syscalls?: readonly string[];
  };
  /** Sets of capabilities with which the default profile of this version allows the worst of them: before any change of it. */
  readonly grant?: readonly (readonly string[])[];
  /** The change of the profile that works on this host as it is: predicted, not tried. */
  readonly today: Fix;
  /** Syscalls for which no rule of a profile works on this host as it is. */
  readonly noRule: readonly string[];
}
