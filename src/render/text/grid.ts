import stringWidth from 'string-width';

/**
 * A table with lines around its cells, each cell of one or more lines. cli-table3 draws the same, but looks for colour codes
 * in every cell several times, which costs more than judging once a matrix has a hundred rows; here the caller says how wide
 * a line is on the screen.
 */
export interface GridLine {
  /** May hold colour codes. */
  readonly text: string;
  /** Columns on the screen. */
  readonly width: number;
}

export type GridCell = readonly GridLine[];

export const plainLine = (text: string): GridLine => ({ text, width: stringWidth(text) });

/** At most so many columns of the screen: a letter of East Asia takes two. */
export function cutTo(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let cut = '';
  for (const letter of text) {
    if (stringWidth(`${cut}${letter}…`) > columns) break;
    cut += letter;
  }
  return `${cut}…`;
}

/** `widths` are of the contents; each column takes two more for the space around. */
export function renderGrid(rows: readonly (readonly GridCell[])[], widths: readonly number[]): string {
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  const between = rule('├', '┼', '┤');
  const out: string[] = [rule('┌', '┬', '┐')];
  rows.forEach((cells, index) => {
    if (index > 0) out.push(between);
    const height = Math.max(1, ...cells.map(({ length }) => length));
    for (let line = 0; line < height; line++) {
      let text = '│';
      for (let column = 0; column < widths.length; column++) {
        const part = cells[column]?.[line];
        const room = widths[column]! - (part?.width ?? 0);
        text += ` ${part?.text ?? ''}${' '.repeat(Math.max(0, room))} │`;
      }
      out.push(text);
    }
  });
  out.push(rule('└', '┴', '┘'));
  return out.join('\n');
}
