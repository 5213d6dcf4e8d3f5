import Table from 'cli-table3';
import { hostTitle } from '../../core/hosts/ranges.ts';
import { type AlikeHosts, type Column, columnsOf } from '../../core/judge/matrix.ts';

/** Widest a host's column gets; longer lists of ranges go over several lines. */
const HOST_WIDTH = 28;

const bold = (text: string, colour: boolean): string => (colour ? `\u001b[1m${text}\u001b[22m` : text);
const red = (text: string, colour: boolean): string => (colour ? `\u001b[31m${text}\u001b[39m` : text);
const dim = (text: string, colour: boolean): string => (colour ? `\u001b[2m${text}\u001b[22m` : text);

/** Breaks at spaces; a word that is too long stands alone. Keeps the spaces that the text begins with. */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  const [first = '', ...words] = text.trimStart().split(' ');
  let line = text.slice(0, text.length - text.trimStart().length) + first;
  for (const word of words) {
    if (line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else line = `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

function hostCell(labels: readonly string[], size: number, whole: boolean): string {
  const most = whole ? 8 : 3;
  const titles = labels.slice(0, most).map((label) => wrap(hostTitle(label), HOST_WIDTH - 2, '  '));
  const hidden = labels.length > most ? [`and ${labels.length - most} more (${size} hosts)`] : [];
  return [...titles, ...hidden].join('\n');
}

function cell(column: Column, { blocked }: AlikeHosts, colour: boolean): string {
  const found = blocked.filter(({ syscall, abi }) => syscall === column.syscall && abi === column.abi);
  return found
    .map(({ errno, cause, matters, uncertain }) => {
      const word = `${errno}${matters ? '' : '*'}${uncertain ? '?' : ''}`;
      return `${matters ? red(word, colour) : dim(word, colour)}\n${dim(cause, colour)}`;
    })
    .join('\n');
}

/**
 * Hosts × blocked syscalls, errno and cause in the cell; folded into several tables, one below the other, where the
 * columns of the terminal do not suffice. A star marks what every known caller survives.
 */
export function renderMatrix(groups: readonly AlikeHosts[], width: number, colour: boolean): string {
  const columns = columnsOf(groups);
  const native = new Set(columns.map(({ abi }) => abi)).size <= 1;
  const head = ({ syscall, abi }: Column): string => (native ? syscall : `${syscall}\n${abi}`);
  const widthOf = (column: Column): number =>
    Math.max(9, column.syscall.length, native ? 0 : column.abi.length) + 2;
  const hostWidth = Math.min(
    HOST_WIDTH,
    Math.max(12, ...groups.flatMap(({ labels }) => labels.map((label) => hostTitle(label).length + 2))),
  );
  const tables: string[] = [];
  for (const slice of fold(columns, widthOf, width - hostWidth - 2)) {
    const rows = groups
      .map((group) => ({ group, cells: slice.map((column) => cell(column, group, colour)) }))
      .filter(({ cells }) => tables.length === 0 || cells.some((text) => text !== ''));
    const table = new Table({
      head: ['', ...slice.map(head)].map((text) => bold(text, colour)),
      style: { head: [], border: [], compact: false },
      colWidths: [hostWidth, ...slice.map(widthOf)],
    });
    for (const { group, cells } of rows) {
      table.push([hostCell(group.labels, group.size, tables.length === 0), ...cells]);
    }
    tables.push(table.toString());
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
    const needed = widthOf(column) + 1;
    if (left < needed || slices.length === 0) {
      slices.push([]);
      left = room;
    }
    slices.at(-1)!.push(column);
    left -= needed;
  }
  return slices.length === 0 ? [[]] : slices;
}
