import { ok, type Result } from '../failure.ts';
import type { Abi } from '../linux/abi.ts';
import { fromSystemd } from '../seccomp/formats/systemd.ts';
import type { Action } from '../seccomp/profile/action.ts';
import { profileOrigin } from '../seccomp/profile/origin.ts';
import type { AbiPolicy, Policy, PolicyRule } from '../seccomp/profile/policy.ts';
import type { ProfileGroup } from '../seccomp/profile/profile.ts';
import type { LibseccompRules } from '../seccomp/profile/target.ts';

export type Sets = Readonly<Record<string, readonly string[]>>;

/** The syscalls of a group, groups within it included; undefined for a name that this systemd does not know. */
export function membersOf(group: string, sets: Sets): readonly string[] | undefined {
  return sets[group]?.flatMap((name) => (name.startsWith('@') ? (membersOf(name, sets) ?? []) : [name]));
}

/** `SystemCallFilter=` lines with the groups written out, so that only names are left; `native` by its name. */
export function withoutGroups(text: string, sets: Sets, native: string): string {
  return text
    .replace(/\\\n/g, ' ')
    .replace(/^([ \t]*SystemCallFilter[ \t]*=[ \t]*~?)(.*)$/gm, (_, key: string, value: string) => {
      const names = value.split(/\s+/).flatMap((word) => {
        const [name = '', answer] = word.split(':');
        const members = name.startsWith('@') ? membersOf(name, sets) : undefined;
        return members?.map((each) => (answer === undefined ? each : `${each}:${answer}`)) ?? [word];
      });
      return key + names.join(' ');
    })
    .replace(/^([ \t]*SystemCallArchitectures[ \t]*=)(.*)$/gm, (_, key: string, value: string) => {
      return key + value.replace(/\bnative\b/g, native);
    });
}

const actionOf = ({ action, errnoRet }: ProfileGroup): Action =>
  action === 'errno' ? { kind: 'errno', value: errnoRet ?? 1 } : ({ kind: action } as Action);

/**
 * What systemd loads for a unit. Its lists are of every architecture that the machine runs; `SystemCallArchitectures=` kills
 * what is of another one. Names that libseccomp does not know are left out.
 */
export function lowerUnit(
  text: string,
  {
    sets,
    abis,
    libseccomp,
  }: { readonly sets: Sets; readonly abis: readonly Abi[]; readonly libseccomp: LibseccompRules },
): Result<{ readonly policy: Policy; readonly lost: readonly string[] }> {
  const read = fromSystemd(withoutGroups(text, sets, abis[0]!));
  if (!read.ok) return read;
  const { value: profile, lost } = read.value;
  const listed = profile.architectures.list ?? abis;
  const skipped = new Set<string>();
  const sections = listed.map((abi): AbiPolicy => {
    const rules = new Map<number, PolicyRule[]>();
    for (const [index, group] of profile.groups.entries()) {
      const origin = profileOrigin(index, group.names, group.action);
      for (const name of group.names) {
        if (!libseccomp.knows(name)) skipped.add(name);
        const nr = libseccomp.number(name, abi);
        if (nr !== undefined) rules.set(nr, [{ conditions: [], action: actionOf(group), origin }]);
      }
    }
    return { abi, rules };
  });
  const { defaultAction, defaultErrnoRet } = profile;
  return ok({
    policy: {
      abis: sections,
      defaultAction:
        defaultAction === 'errno'
          ? { kind: 'errno', value: defaultErrnoRet ?? 1 }
          : ({ kind: defaultAction } as Action),
      badArchAction: { kind: profile.architectures.list ? 'kill_thread' : 'allow' },
      skipped: [...skipped].sort(),
    },
    lost,
  });
}
