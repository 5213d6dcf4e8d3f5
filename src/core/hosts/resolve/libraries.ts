import { ok, type Result } from '../../failure.ts';
import type { Abi } from '../../linux/abi.ts';
import type { LibseccompRules } from '../../seccomp/profile/target.ts';
import type { HostExpression } from '../expression.ts';
import type { EngineName } from '../family.ts';
import { chooseLibseccomp, laterLibseccomp, libseccompRules, libseccompSupports } from '../libseccomp.ts';
import { runcLibseccomp, shippedLibseccomp } from '../shipped.ts';
import type { Version } from '../version.ts';
import type { Findings } from './findings.ts';
import type { PickedRuntime } from './runtime.ts';
import type { Lines } from './surroundings.ts';

export interface PickedLibseccomp {
  /** As in results. */
  readonly version: string;
  readonly rules: LibseccompRules;
}

/** The libseccomp that the runtime is linked with: as named, else what such a host usually has. */
export function pickLibseccomp(
  { libseccomp: given }: HostExpression,
  {
    engine,
    version: at,
    runtime,
    arch,
    lines,
  }: {
    engine: EngineName;
    version: Version;
    runtime: PickedRuntime;
    arch: Abi;
    lines: Lines;
  },
  findings: Findings,
): Result<PickedLibseccomp> {
  let chosen: { version: string; behavesAs: string };
  if (given === undefined) {
    findings.assume('libseccomp');
    const release = usualRelease(engine, at, runtime);
    chosen = { version: release, behavesAs: release };
  } else {
    const found = chooseLibseccomp(given, lines);
    if (!found.ok) return found;
    chosen = found.value;
    if (found.value.standsIn) findings.assume('libseccomp');
    findings.note(...found.value.notes);
  }
  const port = libseccompSupports(chosen.behavesAs, arch) ? undefined : arch;
  if (port !== undefined) {
    findings.note(
      `libseccomp ${chosen.version} does not support ${arch}; modelled as a vendor's port that knows the names of ${chosen.behavesAs}`,
    );
  }
  return ok({ version: chosen.version, rules: libseccompRules(chosen.behavesAs, port) });
}

function usualRelease(engine: EngineName, at: Version, { usual, version, rules }: PickedRuntime): string {
  const release = shippedLibseccomp(engine, at, usual);
  // A runc that was named may be newer than the engine's own: its binaries bring their libseccomp along.
  const official = rules.name === 'runc' ? runcLibseccomp(version) : undefined;
  return official === undefined ? release : laterLibseccomp(release, official);
}
