import { CUT_IN, type Line, readLine } from '../grammar/line.ts';

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
  return readLine(open.text.replace(CUT_IN, '') + rest.text.slice(rest.prefix.at));
}
