import type { Denial } from '../../core/documents/denial.ts';
import { cutTo, plainLine, renderGrid } from './grid.ts';
import { wrap } from './wrap.ts';

/** One trace against the hosts: what would be refused it on each, in the order of the hosts. */
export interface TraceVerdicts {
  /** The file as it was named. */
  readonly file: string;
  readonly blocked: readonly (readonly Denial[])[];
}

const NAME_WIDTH = 20;
const LEGEND_WIDTH = 2;

/** Which programs break where: a row for each trace, a numbered column for each host. */
export function renderByTrace(
  rows: readonly TraceVerdicts[],
  hosts: readonly string[],
  width: number,
): string {
  const heads = hosts.map((_, index) => String(index + 1).padStart(LEGEND_WIDTH));
  const cells = rows.map(({ blocked }) => blocked.map(cellOf));
  const widths = hosts.map((_, column) =>
    Math.max(LEGEND_WIDTH, ...cells.flatMap((row) => row[column]!.map((line) => line.length))),
  );
  const names = rows.map(({ file }) => nameOf(file));
  const first = Math.min(NAME_WIDTH, Math.max(0, ...names.map((name) => plainLine(name).width)));
  const grid = renderGrid(
    [
      [[plainLine('')], ...heads.map((head) => [plainLine(head)])],
      ...rows.map((_, index) => [
        [plainLine(names[index]!)],
        ...cells[index]!.map((lines) => lines.map(plainLine)),
      ]),
    ],
    [first, ...widths],
  );
  return [
    grid,
    ...hosts.map((host, index) => wrap(`${heads[index]}  ${host}`, width, '    ')),
    '',
    wrap(
      'Named is what can break the program there; the rest of what is refused is borne, or nothing is.',
      width,
    ),
  ].join('\n');
}

function nameOf(file: string): string {
  const name = (file.split('/').at(-1) ?? file).replace(/(?:\.strace)?(?:\.gz|\.zst)?$/, '');
  return cutTo(name, NAME_WIDTH);
}

/** `clone3 EPERM`, one line each; nothing where all is well. */
function cellOf(blocked: readonly Denial[]): readonly string[] {
  return [
    ...new Set(blocked.filter(({ matters }) => matters).map(({ syscall, errno }) => `${syscall} ${errno}`)),
  ].sort();
}
