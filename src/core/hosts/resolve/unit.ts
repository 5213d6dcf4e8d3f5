import { fail, ok, type Result } from '../../failure.ts';
import { abiInfo } from '../../linux/abi.ts';
import type { HostExpression } from '../expression.ts';
import type { HostModel } from '../host.ts';
import { sandboxTable } from '../sandboxTable.ts';
import { lowerUnit } from '../unitPolicy.ts';
import { machineLibseccomp, type OwnIdentity, ownFilter } from './filtered.ts';
import { Findings } from './findings.ts';
import { pickArch, pickKernel } from './machine.ts';
import type { Surroundings } from './surroundings.ts';

/** Settings of a unit that load filters which are not modelled (systemd.exec). */
const OTHER_FILTERS =
  /^[ \t]*(RestrictAddressFamilies|RestrictNamespaces|MemoryDenyWriteExecute|RestrictRealtime|RestrictSUIDSGID|LockPersonality|PrivateDevices|ProtectKernelModules|ProtectKernelTunables|ProtectKernelLogs|ProtectClock|ProtectHostname)[ \t]*=[ \t]*(?!no\b|false\b|off\b|0\b)\S/gm;

/** The filter that systemd loads for a unit: `SystemCallFilter=` and its companions, with the groups of a version. */
export async function unitHost(
  request: HostExpression,
  path: string,
  surroundings: Surroundings,
): Promise<Result<HostModel>> {
  const text = await surroundings.loadText?.(path);
  if (!text) return fail('usage', 'units of systemd are not read here', { where: { file: path } });
  if (!text.ok) return text;
  const findings = new Findings();
  const [version, sets] = Object.entries(sandboxTable().systemd).at(-1)!;
  findings.assume('version');
  findings.note(`the groups of SystemCallFilter= are those of systemd ${version}`);
  const arch = pickArch(request, surroundings, findings);
  const kernel = pickKernel(request, surroundings, findings);
  if (!kernel.ok) return kernel;
  const libseccomp = machineLibseccomp(request, arch, surroundings.lines ?? 'newest', findings);
  if (!libseccomp.ok) return libseccomp;
  const others = [...new Set([...text.value.matchAll(OTHER_FILTERS)].map(([, name]) => name!))];
  if (others.length > 0) findings.note(`the filters of ${others.join(', ')} are not modelled`);
  const policy = lowerUnit(text.value, {
    sets,
    abis: [arch, ...abiInfo(arch).alsoRuns],
    libseccomp: libseccomp.value.rules,
  });
  if (!policy.ok) return { ok: false, failure: { ...policy.failure, where: { file: path } } };
  findings.note(...policy.value.lost.map((what) => `not modelled: ${what}`));
  const identity: OwnIdentity = {
    expression: request.text,
    engine: 'systemd-unit',
    version,
    libseccomp: libseccomp.value.version,
    arch,
    assumed: findings.assumed,
    notes: findings.notes,
  };
  return ok(ownFilter(identity, policy.value.policy, kernel.value));
}
