import { type AlikeHosts, type Column, columnsOf } from '../../core/diagnosis/matrix.ts';
import { hostTitle } from '../../core/linux/hostTitle.ts';
import { callTitle } from '../phrases/call.ts';
import { type GridCell, type GridLine, plainLine, renderGrid } from './grid.ts';
import { wrap } from './wrap.ts';

/** Widest a host's column gets; longer lists of ranges go over several lines. */
const HOST_WIDTH = 28;

const bold = (text: string, colour: boolean): string => (colour ? `\u001b[1m${text}\u001b[22m` : text);
const red = (text: string, colour: boolean): string => (colour ? `\u001b[31m${text}\u001b[39m` : text);
const dim = (text: string, colour: boolean): string => (colour ? `\u001b[2m${text}\u001b[22m` : text);

function hostCell(labels: readonly string[], size: number, whole: boolean): GridCell {
  const most = whole ? 8 : 3;
  const lines = labels
    .slice(0, most)
    .flatMap((label) => wrap(hostTitle(label), HOST_WIDTH - 2, '  ').split('\n'));
  if (labels.length > most) lines.push(`and ${labels.length - most} more`, `  (${size} hosts)`);
  return lines.map(plainLine);
}

function cell(column: Column, { blocked }: AlikeHosts, colour: boolean): GridCell {
  const found = blocked.filter((one) => callTitle(one) === callTitle(column) && one.abi === column.abi);
  return found.flatMap(({ errno, cause, matters, uncertain }): readonly GridLine[] => {
    const word = `${errno}${matters ? '' : '*'}${uncertain ? '?' : ''}`;
    return [
      { text: matters ? red(word, colour) : dim(word, colour), width: word.length },
      { text: dim(cause, colour), width: cause.length },
    ];
  });
}

/**
 * Hosts × blocked syscalls, errno and cause in the cell; folded into several tables, one below the other, where the
 * columns of the terminal do not suffice. A star marks what every known caller survives.
 */
export function renderMatrix(groups: readonly AlikeHosts[], width: number, colour: boolean): string {
  const columns = columnsOf(groups);
  const native = new Set(columns.map(({ abi }) => abi)).size <= 1;
  const head = (column: Column): GridCell =>
    (native ? [callTitle(column)] : [callTitle(column), column.abi]).map((text) => ({
      text: bold(text, colour),
      width: text.length,
    }));
  const widthOf = (column: Column): number =>
    Math.max(8, callTitle(column).length, native ? 0 : column.abi.length);
  const tables: string[] = [];
  const slices = fold(columns, widthOf, width - HOST_WIDTH - 2);
  for (const slice of slices) {
    const rows = groups
      .map((group) => ({ group, cells: slice.map((column) => cell(column, group, colour)) }))
      .filter(({ cells }) => tables.length === 0 || cells.some(({ length }) => length > 0));
    const hosts = rows.map(({ group }) => hostCell(group.labels, group.size, tables.length === 0));
    const hostWidth = Math.max(4, ...hosts.flatMap((lines) => lines.map((line) => line.width)));
    tables.push(
      renderGrid(
        [[[], ...slice.map(head)], ...rows.map(({ cells }, index) => [hosts[index]!, ...cells])],
        [hostWidth, ...slice.map(widthOf)],
      ),
    );
  }
  return tables.join('\n\n');
}

function fold(
  columns: readonly Column[],
  widthOf: (column: Column) => number,
  room: number,
): readonly (readonly Column[])[] {
  const slices: Column[][] = [];
  let left = -1;
  for (const column of columns) {
    // A space on either side and the line.
    const needed = widthOf(column) + 3;
    if (left < needed || slices.length === 0) {
      slices.push([]);
      left = room;
    }
    slices.at(-1)!.push(column);
    left -= needed;
  }
  return slices.length === 0 ? [[]] : slices;
}
