import type { AlikeHosts, ArchSummary } from '../../core/diagnosis/matrix.ts';
import type { PredictedFix } from '../../core/minimize/predict.ts';
import { callTitle } from '../phrases/call.ts';
import { fallbackPhrase } from '../phrases/callers.ts';
import { followedPhrase } from '../phrases/consequence.ts';
import { limitPhrase } from '../phrases/fix.ts';
import { evidencePhrase } from '../phrases/reason.ts';
import { renderMatrix } from './matrix.ts';
import { type ReplayVerdict, renderReplayVerdict } from './replayVerdict.ts';
import { traceLines } from './traces.ts';
import { unexplainedLines } from './unexplained.ts';
import { wrap } from './wrap.ts';

export interface ReplayResult extends ReplayVerdict {
  readonly groups: readonly AlikeHosts[];
  readonly others: readonly ArchSummary[];
  readonly fix: PredictedFix;
  /** What was assumed of the hosts, in sentences. */
  readonly assumptions: readonly string[];
}

/** The result of `replay` for people: the verdict, or with `verbose` the matrix, the reasons and what was assumed. */
export function renderReplay(result: ReplayResult, width: number, colour: boolean, verbose: boolean): string {
  if (!verbose) return renderReplayVerdict(result, width, colour);
  const { traces, groups, fix } = result;
  const out: string[] = traces.flatMap(traceLines).map((line) => wrap(line, width, '    '));
  const blocked = groups.some((group) => group.blocked.length > 0);
  if (!blocked) {
    const hosts = groups.flatMap(({ labels }) => labels);
    const on = hosts.length > 6 ? `any of the ${hosts.length} hosts` : hosts.join(', ');
    out.push('', wrap(`Nothing would be refused on ${on}.`, width));
  } else {
    out.push('', renderMatrix(groups, width, colour), '');
    if (groups.some((group) => group.blocked.some(({ matters }) => !matters))) {
      out.push('* every known caller falls back, or nothing changes: harmless');
    }
    if (groups.some((group) => group.blocked.some(({ uncertain }) => uncertain))) {
      out.push('? depends on an argument that the trace does not tell');
    }
    out.push(...whyLines(groups, width));
  }
  if (result.others.length > 0) {
    out.push('', 'The same program built for other architectures (hosts that refuse what matters):');
    for (const { arch, hosts, refused } of result.others) {
      const list = refused.map(({ syscall, errno, hosts: count }) => `${syscall} ${errno} on ${count}`);
      const words = list.length === 0 ? 'nothing' : list.join(', ');
      out.push(wrap(`  ${arch}, ${hosts} hosts: ${words}`, width, '    '));
    }
  }
  if (blocked || result.others.length > 0) out.push('', ...fixLines(fix, width));
  out.push(...unexplainedLines(result.unexplained, width));
  for (const note of [...result.notes, ...result.assumptions]) out.push(wrap(`Note: ${note}.`, width, '  '));
  return `${out.join('\n')}\n`;
}

/** Each refused call once: where it was first made, why it is refused, what its callers do. */
function whyLines(groups: readonly AlikeHosts[], width: number): readonly string[] {
  const seen = new Set<string>();
  const lines: string[] = [];
  for (const { blocked } of groups) {
    for (const denial of blocked) {
      const { abi, errno, first, count, matters } = denial;
      const syscall = callTitle(denial);
      const [evidence, fallback, followed] = [
        evidencePhrase(denial),
        fallbackPhrase(denial),
        followedPhrase(denial),
      ];
      const key = `${syscall} ${abi}`;
      if (!matters || seen.has(key)) continue;
      seen.add(key);
      const place = `${first.file === undefined ? '' : `${first.file}:`}${first.line}`;
      const by = first.command === undefined ? '' : ` by ${first.command}`;
      lines.push(
        '',
        wrap(
          `${syscall} (${abi}), ${count} ${count === 1 ? 'call' : 'calls'}, first at ${place}${by}`,
          width,
          '  ',
        ),
        wrap(`  ${errno}: ${evidence}.`, width, '  '),
      );
      if (followed !== undefined) lines.push(wrap(`  In the trace: ${followed}.`, width, '  '));
      if (fallback !== undefined) lines.push(wrap(`  ${fallback}`, width, '  '));
    }
  }
  return lines;
}

/** The predicted fix for people, a line each, wrapped at `width`. */
function fixLines({ fix, limits }: PredictedFix, width: number): readonly string[] {
  const lines: string[] = [];
  if (fix.allow.length === 0 && fix.enosys.length === 0) {
    lines.push('Predicted fix: no change of a profile is needed or would help.');
  } else {
    lines.push('Predicted smallest change of the profile (not proven; minimize proves it):');
    if (fix.enosys.length > 0) {
      lines.push(wrap(`  answer ENOSYS, which grants nothing, to ${fix.enosys.join(', ')}`, width, '    '));
    }
    for (const entry of fix.allow) {
      lines.push(
        typeof entry === 'string'
          ? `  allow ${entry}`
          : wrap(`  allow ${entry.name} when ${argumentWords(entry.args)}`, width, '    '),
      );
    }
  }
  return [...lines, ...limits.map((limit) => wrap(`  ${limitPhrase(limit)}`, width, '  '))];
}

function argumentWords(args: readonly unknown[]): string {
  return (args as readonly { index: number; value: number }[])
    .map(({ index, value }) => `argument ${index} is 0x${value.toString(16)}`)
    .join(' and ');
}
