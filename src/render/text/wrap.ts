import stringWidth from 'string-width';

/** Columns on the screen: a letter of East Asia takes two. */
const columns = (text: string): number => (/^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text));

/** Breaks at spaces; a word that is too long stands alone. Keeps the spaces that the text begins with. */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  const [first = '', ...words] = text.trimStart().split(' ');
  let line = text.slice(0, text.length - text.trimStart().length) + first;
  for (const word of words) {
    if (columns(line) + 1 + columns(word) > width) {
      lines.push(line);
      line = indent + word;
    } else line = `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

/** A paragraph of 40 to 110 columns; every line after the first gets the indent. */
export function fill(text: string, width: number, indent: string): string {
  return wrap(text, Math.max(40, Math.min(width, 110)), indent);
}

/** A point of a list, two columns in. */
export const item = (text: string, width: number): string => `  ${fill(text, width - 2, '    ')}`;
