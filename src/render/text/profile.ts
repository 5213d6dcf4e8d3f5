import type {
  ActionDocument,
  ProfileDiffDocument,
  ProfileEvalDocument,
  ProfileShowDocument,
} from '../../core/documents/profile.ts';
import { errnoNumber } from '../../core/linux/errno.ts';
import { stackText } from './explain.ts';
import { wrap } from './wrap.ts';

/** `ENOSYS`, `errno 4095` where it has no name, `kill thread`. */
function actionText({ action, errno }: ActionDocument): string {
  if (errno === undefined) return action.replace('_', ' ');
  return /^\d/.test(errno) ? `errno ${errno}` : errno;
}

/** The result of `profile eval`: `allow`, `kill_thread`, `errno 38 (ENOSYS)`. */
export function renderEval({ action, errno }: ProfileEvalDocument): string {
  if (errno === undefined) return `${action}\n`;
  const value = errnoNumber(errno);
  return value === undefined ? `errno ${errno}\n` : `errno ${value} (${errno})\n`;
}

type Difference = ProfileDiffDocument['differences'][number];

/** Differences by pair of results, then by ABI; names that differ only for some arguments show such a call. */
export function renderDiff({ a, b, differences }: ProfileDiffDocument): string {
  if (differences.length === 0) return `${a} and ${b} answer every known call alike\n`;
  const groups = new Map<string, Map<string, Difference[]>>();
  for (const difference of differences) {
    const when = difference.since === undefined ? '' : ` since ${difference.since}`;
    const pair = `${actionText(difference.a)} -> ${actionText(difference.b)}${when}`;
    const byNames = groups.get(pair) ?? new Map<string, Difference[]>();
    groups.set(pair, byNames);
    byNames.set(difference.abi, [...(byNames.get(difference.abi) ?? []), difference]);
  }
  const lines = [`${a} -> ${b}`];
  for (const pair of [...groups.keys()].sort()) {
    lines.push(`${pair}`);
    for (const [abi, list] of groups.get(pair)!) {
      const names = list.map(({ syscall, args }) =>
        args ? `${syscall}(${trimmed(args).join(', ')})` : syscall,
      );
      lines.push(`  ${abi}: ${names.join(' ')}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Without the zeros at the end. */
function trimmed(args: readonly string[]): readonly string[] {
  const last = args.findLastIndex((value) => value !== '0x0');
  return args.slice(0, last + 1);
}

/** The result of `profile show` for people, wrapped at `columns` (at least 60). */
export function renderShow({ host, filter }: ProfileShowDocument, columns: number): string {
  const lines = [stackText(host)];
  for (const note of host.notes) lines.push(`note: ${note}`);
  if (!filter) return `${[...lines, 'no filter: every call reaches the kernel'].join('\n')}\n`;
  lines.push(
    `what no rule names: ${actionText(filter.default)}; other architectures: ${actionText(filter.otherArchitectures)}`,
  );
  const width = Math.max(60, columns);
  for (const { abi, enosysAbove, rules } of filter.abis) {
    const stub = enosysAbove === undefined ? '' : ` (numbers above ${enosysAbove}: ENOSYS from runc's stub)`;
    lines.push('', `${abi}${stub}`);
    for (const { names, when, ...action } of rules) {
      const condition = when ? ` when ${when.join(' and ')}` : '';
      lines.push(`  ${actionText(action)}${condition} (${names.length}):`);
      lines.push(wrap(`    ${names.join(' ')}`, width, '    '));
    }
  }
  if (filter.unknownNames.length > 0) {
    lines.push(
      '',
      wrap(`names this libseccomp does not know, skipped: ${filter.unknownNames.join(' ')}`, width, '  '),
    );
  }
  return `${lines.join('\n')}\n`;
}
