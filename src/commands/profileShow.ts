import type { ProfileShowDocument } from '../core/documents/profile.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import { syscallName } from '../core/linux/numbers.ts';
import { type Action, actionText } from '../core/seccomp/profile/action.ts';
import { conditionText } from '../core/seccomp/profile/condition.ts';
import type { AbiPolicy } from '../core/seccomp/profile/policy.ts';
import { actionDocument } from './actionDocument.ts';
import { openSource } from './profileSource.ts';

export interface ProfileShowOptions {
  /** With a profile's file: the engine that loads it; the newest Docker where it is not given. */
  readonly on?: string;
  /** Architecture of the host, by any usual name; this machine's where neither it nor the host says. */
  readonly arch?: string;
}

/** A HOST's default profile, or a profile's FILE, as that host loads it: names by action, with their conditions. */
export async function showProfile(
  word: string,
  options: ProfileShowOptions = {},
): Promise<Result<ProfileShowDocument>> {
  const source = await openSource(word, options);
  if (!source.ok) return source;
  if (source.value.kind === 'filters') {
    return fail('usage', 'this is a compiled filter: its names are gone', {
      where: { file: word },
      hint: `read it with: trace-build profile disasm ${word}`,
    });
  }
  const { identity, policy } = source.value.host;
  return ok({
    schema: 'trace-build/profile-show@1',
    host: identity,
    filter: policy
      ? {
          default: actionDocument(policy.defaultAction),
          otherArchitectures: actionDocument(policy.badArchAction),
          abis: policy.abis.map((section) => ({
            abi: section.abi,
            ...(section.stubAbove === undefined ? {} : { enosysAbove: section.stubAbove }),
            rules: groupsOf(section).map(({ action, when, names }) => ({
              ...actionDocument(action),
              names,
              ...(when.length > 0 ? { when } : {}),
            })),
          })),
          unknownNames: policy.skipped,
        }
      : null,
  });
}

interface Group {
  readonly action: Action;
  /** Empty for unconditional rules. */
  readonly when: readonly string[];
  readonly names: string[];
}

/** Rules of one ABI, those with the same action and conditions together; the largest groups first. */
function groupsOf({ abi, rules }: AbiPolicy): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const [nr, list] of [...rules].sort(([a], [b]) => a - b)) {
    for (const { action, conditions } of list) {
      const when = conditions.map(conditionText);
      const key = `${actionText(action)} ${when.join(' and ')}`;
      const group = groups.get(key) ?? { action, when, names: [] };
      groups.set(key, group);
      group.names.push(syscallName(nr, abi) ?? `syscall_${nr}`);
    }
  }
  return [...groups.values()]
    .map((group) => ({ ...group, names: group.names.sort() }))
    .sort((a, b) => a.when.length - b.when.length || b.names.length - a.names.length);
}
