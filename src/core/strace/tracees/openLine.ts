import { cutIn, type Line, readLine } from '../grammar/line.ts';
import { type Prefix, readPrefix } from '../grammar/prefix.ts';
import { closingParenthesis } from '../grammar/result.ts';

/** Lines of other output that may stand between the halves of a call that it tore apart. */
const PATIENCE = 200;

/** A call whose end is not on its line: other output got in between. */
export interface OpenLine {
  readonly text: string;
  readonly line: number;
  /** strace's message that it attached to a new thread cut the line. */
  readonly attached: boolean;
  /** Line of the last such message: the rest follows it. */
  announced: number;
  /** How many lines of other output may still come before the rest. */
  patience: number;
}

export function openLine(text: string, line: number, attached: boolean): OpenLine {
  return { text, line, attached, announced: line, patience: PATIENCE };
}

/** The line that an open one and its rest make. */
export function joined(open: OpenLine, rest: Line): Line {
  const text = open.text.slice(0, cutIn(open.text)?.index);
  const more = rest.text.slice(rest.prefix.at);
  // qemu-user: what the program wrote stands between `)` and ` = 3`.
  const end = /^ *= /.test(more) ? argumentsEnd(text) : undefined;
  return readLine((end === undefined ? text : text.slice(0, end + 1)) + more);
}

/** Where the parenthesis is that closes the arguments; undefined when the line is cut before. */
function argumentsEnd(text: string): number | undefined {
  const prefix = readPrefix(text);
  NAME.lastIndex = prefix.at;
  const name = NAME.exec(text)?.[0];
  const close = name === undefined ? -1 : closingParenthesis(text, prefix.at + name.length + 1);
  return close === -1 ? undefined : close;
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*(?=\()/y;

/** An open line that holds all arguments of a call, and nothing after them; undefined for another. */
export function wholeCall(
  open: OpenLine,
): { readonly prefix: Prefix; readonly name: string; readonly args: string } | undefined {
  const text = open.text.trimEnd();
  const prefix = readPrefix(text);
  NAME.lastIndex = prefix.at;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) return undefined;
  const from = prefix.at + name.length + 1;
  const close = closingParenthesis(text, from);
  return close === text.length - 1 ? { prefix, name, args: text.slice(from, close) } : undefined;
}
