import type { AlikeHosts, ArchSummary } from '../../core/diagnosis/matrix.ts';
import type { Denial } from '../../core/documents/denial.ts';
import type { TraceInfo } from '../../core/documents/trace.ts';
import type { PredictedFix } from '../../core/minimize/predict.ts';
import { callTitle } from '../phrases/call.ts';
import { fallbackPhrase } from '../phrases/callers.ts';
import { followedPhrase } from '../phrases/consequence.ts';
import { limitPhrase } from '../phrases/fix.ts';
import { evidencePhrase } from '../phrases/reason.ts';
import { renderMatrix } from './matrix.ts';
import { traceLines } from './traces.ts';
import { wrap } from './wrap.ts';

export interface ReplayResult {
  readonly traces: readonly TraceInfo[];
  /** Hosts that answer alike stand together. */
  readonly groups: readonly AlikeHosts[];
  /** Architectures that are only summed up. */
  readonly others: readonly ArchSummary[];
  readonly fix: PredictedFix;
  /** Refused in the traces, and none of the hosts explains it. */
  readonly unexplained: readonly Denial[];
  /** Sentences that go below: assumptions, ways not tried. */
  readonly notes: readonly string[];
}

/** The result of `replay` for people. */
export function renderReplay(result: ReplayResult, width: number, colour: boolean): string {
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
  for (const note of result.notes) out.push(wrap(`Note: ${note}.`, width, '  '));
  return `${out.join('\n')}\n`;
}

/** What the traces show refused that no host of these would refuse: never left out in silence. */
function unexplainedLines(unexplained: readonly Denial[], width: number): readonly string[] {
  if (unexplained.length === 0) return [];
  const lines = ['', 'Refused in the trace, and not by the hosts above:'];
  for (const denial of unexplained.slice(0, MOST_UNEXPLAINED)) {
    const { errno, first } = denial;
    const place = `${first.file === undefined ? 'line ' : `${first.file}:`}${first.line}`;
    const followed = followedPhrase(denial);
    lines.push(wrap(`  ${callTitle(denial)} ${errno}, ${place}: ${evidencePhrase(denial)}.`, width, '    '));
    if (followed !== undefined) lines.push(wrap(`    In the trace: ${followed}.`, width, '    '));
  }
  const more = unexplained.length - MOST_UNEXPLAINED;
  return more > 0 ? [...lines, `  … and ${more} more; report lists them all`] : lines;
}

const MOST_UNEXPLAINED = 8;

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
