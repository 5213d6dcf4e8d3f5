import { fail, ok, type Result } from '../../failure.ts';
import { abiInfo } from '../../linux/abi.ts';
import { applyCaps } from '../caps.ts';
import type { HostExpression } from '../expression.ts';
import type { HostModel } from '../host.ts';
import { nspawnPolicy } from '../nspawnPolicy.ts';
import { sandboxTable } from '../sandboxTable.ts';
import { compareVersions, parseVersion, version } from '../version.ts';
import { machineLibseccomp, type OwnIdentity, ownFilter } from './filtered.ts';
import { Findings } from './findings.ts';
import { pickArch, pickKernel } from './machine.ts';
import type { Surroundings } from './surroundings.ts';

/** A container of systemd-nspawn, with the capabilities that it has without options and those of the expression. */
export function nspawnHost(
  request: HostExpression,
  given: string | undefined,
  surroundings: Surroundings,
): Result<HostModel> {
  const findings = new Findings();
  const { nspawn, systemd } = sandboxTable();
  const wanted = parseVersion(given ?? nspawn.last);
  if (!wanted)
    return fail('usage', `'${given}' is not a version of systemd`, {
      hint: `write for example systemd-nspawn@${nspawn.last}`,
    });
  if (given !== nspawn.last) findings.assume('version');
  if (given !== undefined && given !== nspawn.last)
    findings.note(`the calls that systemd-nspawn ${given} knows are taken to be those of ${nspawn.last}`);
  const arch = pickArch(request, surroundings, findings);
  const kernel = pickKernel(request, surroundings, findings);
  if (!kernel.ok) return kernel;
  const libseccomp = machineLibseccomp(request, arch, surroundings.lines ?? 'newest', findings);
  if (!libseccomp.ok) return libseccomp;
  if (request.caps.length === 0) findings.assume('caps');
  const policy = nspawnPolicy(nspawn, {
    sets: systemd[nspawn.last]!,
    caps: applyCaps(nspawn.caps, request.caps),
    unknown: compareVersions(wanted, version(nspawn.enosysSince)) < 0 ? 'EPERM' : 'ENOSYS',
    abis: [arch, ...abiInfo(arch).alsoRuns],
    libseccomp: libseccomp.value.rules,
  });
  const identity: OwnIdentity = {
    expression: request.text,
    engine: 'systemd-nspawn',
    version: given ?? nspawn.last,
    libseccomp: libseccomp.value.version,
    arch,
    assumed: findings.assumed,
    notes: findings.notes,
  };
  return ok(ownFilter(identity, policy, kernel.value));
}
