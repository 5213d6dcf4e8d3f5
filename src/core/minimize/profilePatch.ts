import type { Choices } from './changeHost.ts';
import type { Choice } from './problem.ts';
import type { EnosysForm } from './profileForms.ts';
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

/** The choices as groups to be appended to the `syscalls` of a profile in Docker's form. */
export function patchOf(choices: Choices, form: EnosysForm = 'rule'): ProfilePatch {
  const of = (kind: Choice['kind']) => [...choices].filter(([, choice]) => choice.kind === kind);
  const [enosys, allowed] = [of('enosys').map(([name]) => name), of('allow').map(([name]) => name)];
  const append: Group[] = [];
  const silence =
    form === 'trace' ? { action: 'SCMP_ACT_TRACE' } : { action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS };
  if (enosys.length > 0) append.push({ names: enosys, ...silence });
  if (allowed.length > 0) append.push({ names: allowed, action: 'SCMP_ACT_ALLOW' });
  for (const [name, { kind, when = [], silent = [] }] of choices) {
    for (const conditions of kind === 'enosys-args' ? when : silent) {
      append.push({ names: [name], ...silence, args: dockerArguments(conditions) });
    }
    for (const conditions of kind === 'allow-args' ? when : []) {
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
