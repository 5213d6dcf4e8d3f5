import { type DockerProfile, dockerProfileOf } from '../dockerProfile.ts';
import { ok, type Result } from '../failure.ts';
import type { HostModel } from '../hosts/host.ts';
import { parseKernel } from '../syscalls/kernel.ts';
import { changeHost } from './changeHost.ts';
import type { Choice } from './problem.ts';
import { dockerArguments } from './words.ts';

/** A change of any Docker-form profile: take the names out of every group, then append the groups. */
export interface ProfilePatch {
  readonly remove: readonly string[];
  readonly append: readonly Group[];
}

interface Group {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly unknown[];
  readonly comment?: string;
}

const ENOSYS = 38;

export function patchOf(choices: ReadonlyMap<string, Choice>): ProfilePatch {
  const of = (kind: Choice['kind']) => [...choices].filter(([, choice]) => choice.kind === kind);
  const [enosys, allowed] = [of('enosys').map(([name]) => name), of('allow').map(([name]) => name)];
  const append: Group[] = [];
  if (enosys.length > 0) append.push({ names: enosys, action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS });
  if (allowed.length > 0) append.push({ names: allowed, action: 'SCMP_ACT_ALLOW' });
  for (const [name, { when }] of of('allow-args')) {
    for (const conditions of when ?? []) {
      append.push({ names: [name], action: 'SCMP_ACT_ALLOW', args: dockerArguments(conditions) });
    }
  }
  // What is let through under conditions only gets one more condition: the groups that it has stay.
  return { remove: [...enosys, ...allowed].sort(), append };
}

/** The patch applied to a Docker-form document; everything else of it stays as it is, comments included. */
export function applyPatch(document: Record<string, unknown>, patch: ProfilePatch): Record<string, unknown> {
  const removed = new Set(patch.remove);
  const groups = ((document.syscalls as (Group & { name?: string })[] | null) ?? []).flatMap((group) => {
    if (group.name !== undefined && group.name !== '') return removed.has(group.name) ? [] : [group];
    const names = group.names.filter((name) => !removed.has(name));
    return names.length === 0 ? [] : [names.length === group.names.length ? group : { ...group, names }];
  });
  return { ...document, syscalls: [...groups, ...patch.append] };
}

/** The whole profile: that host's, decided for its capabilities and kernel, with the change in it. */
export function wholeProfile(
  host: HostModel,
  choices: ReadonlyMap<string, Choice>,
): Result<{ readonly profile: DockerProfile; readonly notes: readonly string[] }> {
  const kernel = host.target?.kernel ?? parseKernel(host.identity.kernel) ?? { major: 99, minor: 0 };
  const made = dockerProfileOf(changeHost(host, choices), { arch: host.identity.arch, kernel });
  return made.ok ? ok(made.value) : made;
}
