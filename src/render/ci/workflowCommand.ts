import { shorten, visible } from '../escape.ts';

/** Values of a workflow command: `%`, line breaks and what ends a property are escaped as the runner undoes it. */
const data = (text: string): string => visible(text).replace(/%/g, '%25');
const property = (text: string): string => data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');

/** One annotation, as GitHub's runner reads it from a line of output. */
export function command(name: 'error' | 'warning' | 'notice', title: string, message: string): string {
  return `::${name} title=${property(shorten(title, 200))}::${data(shorten(message, 3000))}\n`;
}
