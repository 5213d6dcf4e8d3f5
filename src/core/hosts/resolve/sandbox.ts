import { fail, ok, type Result } from '../../failure.ts';
import { abiInfo } from '../../linux/abi.ts';
import type { HostExpression, HostKind } from '../expression.ts';
import type { HostModel } from '../host.ts';
import { sandboxPolicy } from '../sandboxPolicy.ts';
import { sandboxTable } from '../sandboxTable.ts';
import { compareVersions, parseVersion, valueAt, version } from '../version.ts';
import { machineLibseccomp, type OwnIdentity, ownFilter } from './filtered.ts';
import { Findings } from './findings.ts';
import { pickArch, pickKernel } from './machine.ts';
import type { Surroundings } from './surroundings.ts';

/** A sandbox that loads a filter of its own: Flatpak, LXC and its kin, the sandboxes of coding agents. */
export function sandboxHost(
  request: HostExpression,
  { family: name, version: given }: Extract<HostKind, { kind: 'sandbox' }>,
  surroundings: Surroundings,
): Result<HostModel> {
  const findings = new Findings();
  const family = sandboxTable().families[name]!;
  const wanted = parseVersion(given ?? family.last) ?? (given === undefined ? version('0') : undefined);
  if (!wanted)
    return fail('usage', `'${given}' is not a version of ${family.title}`, {
      hint: `write for example ${name}@${family.last}`,
    });
  if (given === undefined) findings.assume('version');
  const [first] = family.releases[0]!;
  let filter = family.releases[0]![1];
  if (first === null) {
    if (given !== undefined) findings.assume('version');
    findings.note(`${family.title} is modelled by its filter of ${family.last}, whatever the version`);
  } else {
    if (compareVersions(wanted, version(first)) < 0)
      return fail('usage', `${name}@${given} is older than the tables, which begin with ${first}`, {
        hint: `did you mean ${name}@${first}?`,
      });
    const last = version(family.last);
    if (compareVersions(wanted, last) > 0) {
      findings.assume('version');
      findings.note(
        `${family.title} ${given} is newer than the tables: ${family.last}, the newest known, stands in`,
      );
    }
    filter = valueAt(family.releases as readonly (readonly [string, string])[], wanted);
  }
  const arch = pickArch(request, surroundings, findings);
  if (family.only && !family.only.includes(arch))
    return fail('usage', `${family.title} has no filter for ${arch}`, {
      hint: `it is made for ${family.only.join(' and ')}`,
    });
  const kernel = pickKernel(request, surroundings, findings);
  if (!kernel.ok) return kernel;
  const libseccomp = machineLibseccomp(request, arch, surroundings.lines ?? 'newest', findings);
  if (!libseccomp.ok) return libseccomp;
  const linked = family.loader === 'libseccomp';
  if (request.caps.length > 0 || request.runtime)
    findings.note(`capabilities and a runtime change nothing in the filter of ${family.title}`);
  if (abiInfo(arch).alsoRuns.length > 0 && family.arches === 'native' && family.badArch !== 'allow')
    findings.note(`programs of other architectures than ${arch} are killed`);
  const identity: OwnIdentity = {
    expression: request.text,
    engine: name,
    version: given ?? family.last,
    libseccomp: linked ? libseccomp.value.version : 'none',
    arch,
    assumed: findings.assumed.filter((field) => linked || field !== 'libseccomp'),
    notes: findings.notes,
  };
  const policy = sandboxPolicy(family, family.filters[filter]!, {
    arch,
    libseccomp: libseccomp.value.rules,
  });
  return ok(ownFilter(identity, policy, kernel.value));
}
