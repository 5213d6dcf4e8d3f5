import type { InferDocument } from '../../core/documents/infer.ts';
import { hostTitle } from '../../core/linux/hostTitle.ts';
import { traceLines } from './traces.ts';
import { wrap } from './wrap.ts';

/** Ranges named for one group; the rest is counted. */
const MOST_RANGES = 6;

type Group = InferDocument['groups'][number];
type Deciding = Group['deciding'][number];

/** The result of `infer` for people. */
export function renderInfer(inferred: InferDocument, width: number): string {
  const out: string[] = [...inferred.traces.flatMap(traceLines).map((line) => wrap(line, width, '    ')), ''];
  const possible = inferred.groups.filter(({ fit }) => fit === 'possible');
  const shown = possible.length > 0 ? possible : inferred.groups.slice(0, 3);
  out.push(
    possible.length > 0
      ? `Of ${inferred.candidates} hosts these could have produced it, the best explanation first:`
      : `None of ${inferred.candidates} hosts explains it whole; the nearest ones:`,
  );
  shown.forEach((group, index) => {
    out.push('', ...groupLines(group, index + 1, width));
  });
  const rest = inferred.groups.length - shown.length;
  if (rest > 0)
    out.push('', `${rest} more ${rest === 1 ? 'way of answering fits' : 'ways of answering fit'} less.`);
  const { atLeast, because } = inferred.kernel;
  if (atLeast !== undefined && because) {
    out.push('', wrap(`Kernel: at least ${atLeast} (${placeOf(because)}: ${because.says}).`, width, '  '));
  }
  for (const note of inferred.notes ?? []) out.push('', wrap(`Note: ${note}.`, width, '  '));
  if (inferred.probes.length > 0) {
    out.push('', 'To tell them apart, record a run that makes one of these calls:');
    for (const { syscall, answers } of inferred.probes) {
      out.push(`  ${syscall}`);
      for (const { answer, hosts } of answers) {
        out.push(wrap(`    ${answer}: ${namesOf(hosts)}`, width, '      '));
      }
    }
  }
  return `${out.join('\n')}\n`;
}

function namesOf(hosts: readonly string[]): string {
  const names = hosts.slice(0, MOST_RANGES).map(hostTitle).join('; ');
  const more = hosts.length - MOST_RANGES;
  return more > 0 ? `${names}; and ${more} more ${more === 1 ? 'range' : 'ranges'}` : names;
}

const placeOf = ({ first }: Deciding): string =>
  `${first.file === undefined ? '' : `${first.file}:`}${first.line}`;

function groupLines(group: Group, rank: number, width: number): readonly string[] {
  const score = [
    `explains ${group.explained}`,
    ...(group.genuine > 0 ? [`leaves ${group.genuine} to the kernel itself`] : []),
    ...(group.unexplained > 0 ? [`leaves ${group.unexplained} unexplained`] : []),
    ...(group.contradictions > 0 ? [`contradicted by ${group.contradictions}`] : []),
    ...(group.kernelBelow === undefined ? [] : [`needs a kernel older than ${group.kernelBelow}`]),
  ];
  return [
    wrap(`${rank}. ${namesOf(group.hosts)}`, width, '   '),
    `   ${group.fit}: ${score.join(', ')}`,
    ...group.deciding.map((line) =>
      wrap(`   ${placeOf(line)} ${line.syscall} ${line.outcome}: ${line.says}`, width, '     '),
    ),
  ];
}
