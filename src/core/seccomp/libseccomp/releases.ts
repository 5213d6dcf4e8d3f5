/** What differs between releases of libseccomp in how a filter is made of rules; read in the sources of every tag from 2.3.3 on. */
export interface Release {
  /** Rules of a syscall are kept as a tree whose code is written as `Code` does; before 2.4.0 by other rules. */
  readonly hasTree: boolean;
  /** Only 2.4.0: equal instructions are one block whatever is loaded before them. */
  readonly ignoresLoaded: boolean;
  /** 2.4.0 to 2.6.0: of two upper bounds whose upper halves meet the tighter is forgotten (GHSA-4q85-33p6-j5g6). */
  readonly losesUpperBounds: boolean;
  /** Since 2.5.0 (2.6.1 is no exception): the number is loaded with the first syscall of an architecture, and not if that one is left out. */
  readonly losesNumber: boolean;
  /** Since 2.5.0: a binary search over the numbers, for those who ask for it. */
  readonly hasBinaryTree: boolean;
}

/** Of a release or a distribution's package of it: `2.5.4`, `2.5.4-1+deb12u1`. */
export function releaseOf(version: string): Release {
  const numbers = /^\d+(?:\.\d+)*/.exec(version)?.[0].split('.').map(Number) ?? [];
  const [major = 0, minor = 0, patch = 0] = numbers;
  const at = (major * 1000 + minor) * 1000 + patch;
  return {
    hasTree: at >= 2_004_000,
    ignoresLoaded: at === 2_004_000,
    losesUpperBounds: at < 2_006_001,
    losesNumber: at >= 2_005_000,
    hasBinaryTree: at >= 2_005_000,
  };
}
