import type { HostModel } from '../../core/hosts/host.ts';
import { errnoName } from '../../core/linux/errno.ts';
import { syscallName } from '../../core/linux/numbers.ts';
import type { Difference } from '../../core/seccomp/filter/compareFilters.ts';
import { actionOf } from '../../core/seccomp/filter/returns.ts';
import type { Action } from '../../core/seccomp/profile/action.ts';
import { actionText } from '../../core/seccomp/profile/action.ts';
import { conditionText } from '../../core/seccomp/profile/condition.ts';
import type { AbiPolicy } from '../../core/seccomp/profile/policy.ts';
import { stackText } from './explain.ts';
import { wrap } from './wrap.ts';

/** `ENOSYS`, or the number where it has no name. */
export function errnoText({ value }: { readonly value: number }): string {
  return errnoName(value) ?? `${value}`;
}

/** The line of `profile eval -` (design §7): `allow`, `errno 38`, `kill_thread`, … */
export function lineOf(action: Action): string {
  return action.kind === 'errno' ? `errno ${action.value}` : action.kind;
}

interface ActionDocument {
  readonly action: string;
  readonly errno?: string;
}

function actionDocument(action: Action): ActionDocument {
  return { action: action.kind, ...(action.kind === 'errno' ? { errno: errnoText(action) } : {}) };
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** The result of `profile diff` as its JSON document (schema profile-diff). */
export function diffDocument(a: string, b: string, differences: readonly Difference[]) {
  return {
    schema: 'trace-build/profile-diff@1',
    a,
    b,
    differences: differences.map(({ syscall, abi, nr, a: left, b: right, args, since }) => ({
      syscall,
      abi,
      nr,
      a: actionDocument(actionOf(left)),
      b: actionDocument(actionOf(right)),
      ...(args ? { args: args.map(hex) } : {}),
      ...(since === undefined ? {} : { since }),
    })),
  };
}

/** Differences by pair of answers, then by ABI; names that differ only for some arguments show such a call. */
export function renderDiff(a: string, b: string, differences: readonly Difference[]): string {
  if (differences.length === 0) return `${a} and ${b} answer every known call alike\n`;
  const groups = new Map<string, Map<string, Difference[]>>();
  for (const difference of differences) {
    const when = difference.since === undefined ? '' : ` since ${difference.since}`;
    const pair = `${actionText(actionOf(difference.a))} -> ${actionText(actionOf(difference.b))}${when}`;
    const byNames = groups.get(pair) ?? new Map<string, Difference[]>();
    groups.set(pair, byNames);
    byNames.set(difference.abi, [...(byNames.get(difference.abi) ?? []), difference]);
  }
  const lines = [`${a} -> ${b}`];
  for (const pair of [...groups.keys()].sort()) {
    lines.push(`${pair}`);
    for (const [abi, list] of groups.get(pair)!) {
      const names = list.map(({ syscall, args }) =>
        args ? `${syscall}(${trimmed(args).map(hex).join(', ')})` : syscall,
      );
      lines.push(`  ${abi}: ${names.join(' ')}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Without the zeros at the end. */
function trimmed(args: readonly bigint[]): readonly bigint[] {
  const last = args.findLastIndex((value) => value !== 0n);
  return args.slice(0, last + 1);
}

interface Shown {
  readonly action: Action;
  /** Empty for unconditional rules. */
  readonly when: readonly string[];
  readonly names: string[];
}

/** Rules of one ABI, those with the same action and conditions together; the largest groups first. */
function groupsOf({ abi, rules }: AbiPolicy): readonly Shown[] {
  const groups = new Map<string, Shown>();
  for (const [nr, list] of [...rules].sort(([a], [b]) => a - b)) {
    for (const { action, conditions } of list) {
      const when = conditions.map(conditionText);
      const key = `${lineOf(action)} ${when.join(' and ')}`;
      const group = groups.get(key) ?? { action, when, names: [] };
      groups.set(key, group);
      group.names.push(syscallName(nr, abi) ?? `syscall_${nr}`);
    }
  }
  return [...groups.values()]
    .map((group) => ({ ...group, names: group.names.sort() }))
    .sort((a, b) => a.when.length - b.when.length || b.names.length - a.names.length);
}

/** The result of `profile show` as its JSON document (schema profile-show). */
export function showDocument({ identity, policy }: HostModel) {
  return {
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
  };
}

/** The result of `profile show` for people, wrapped at `columns` (at least 60). */
export function renderShow({ identity, policy }: HostModel, columns: number): string {
  const lines = [stackText(identity)];
  for (const note of identity.notes) lines.push(`note: ${note}`);
  if (!policy) return `${[...lines, 'no filter: every call reaches the kernel'].join('\n')}\n`;
  lines.push(
    `what no rule names: ${actionText(policy.defaultAction)}; other architectures: ${actionText(policy.badArchAction)}`,
  );
  const width = Math.max(60, columns);
  for (const section of policy.abis) {
    const stub =
      section.stubAbove === undefined ? '' : ` (numbers above ${section.stubAbove}: ENOSYS from runc's stub)`;
    lines.push('', `${section.abi}${stub}`);
    for (const { action, when, names } of groupsOf(section)) {
      const condition = when.length > 0 ? ` when ${when.join(' and ')}` : '';
      lines.push(`  ${actionText(action)}${condition} (${names.length}):`);
      lines.push(wrap(`    ${names.join(' ')}`, width, '    '));
    }
  }
  if (policy.skipped.length > 0) {
    lines.push(
      '',
      wrap(`names this libseccomp does not know, skipped: ${policy.skipped.join(' ')}`, width, '  '),
    );
  }
  return `${lines.join('\n')}\n`;
}
