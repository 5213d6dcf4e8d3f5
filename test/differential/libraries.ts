import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SID_ROOT } from '../rig/components.ts';
import { INSTALLED } from './hosts.ts';

/** A real libseccomp, and the release whose tables and rules it has. */
export interface Library {
  readonly release: string;
  /** The folder of another Debian's C library and libseccomp, with its loader; undefined for this machine's own. */
  readonly root: string | undefined;
}

/** What starts a program with a library: this machine's own, or another Debian's loader, which need not be the same C library. */
export function commandFor({ root }: Library, program: string): readonly [string, ...string[]] {
  if (root === undefined) return [program];
  return [
    join(root, 'lib64/ld-linux-x86-64.so.2'),
    '--library-path',
    join(root, 'usr/lib/x86_64-linux-gnu'),
    program,
  ];
}

const SID_RELEASE = '2.6.1';

/** The libseccomp that is installed, and Debian sid's where .ci/setup made its root. */
export const LIBRARIES: readonly Library[] = [
  { release: INSTALLED, root: undefined },
  ...(existsSync(join(SID_ROOT, `usr/lib/x86_64-linux-gnu/libseccomp.so.${SID_RELEASE}`))
    ? [{ release: SID_RELEASE, root: SID_ROOT }]
    : []),
];
