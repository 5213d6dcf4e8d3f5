import { namedArgument, splitArguments } from './arguments.ts';
import { endOfString } from './result.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  v: '\v',
  f: '\f',
  a: '\x07',
  b: '\b',
};

/** Text of a string as strace prints it, without the quotes; undefined when the argument is none. */
export function stringValue(argument: string): string | undefined {
  const start = argument.indexOf('"');
  if (start === -1 || start > 1) return undefined;
  const end = endOfString(argument, start + 1);
  if (end === -1) return undefined;
  return argument.slice(start + 1, end).replace(/\\(x[0-9a-f]{1,2}|[0-7]{1,3}|.)/g, (_, code: string) => {
    if (code[0] === 'x' && code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
    return ESCAPES[code] ?? code;
  });
}

/** The command line that an execve or execveat starts, or the program's path where strace printed no arguments. */
export function commandOf(name: string, args: string): string | undefined {
  const parts = splitArguments(args).map((part) => namedArgument(part).value);
  const at = name === 'execveat' ? 1 : 0;
  const vector = parts[at + 1] ?? '';
  if (vector.startsWith('[') && vector.endsWith(']')) {
    const words = splitArguments(vector.slice(1, -1)).map((word) => {
      const text = stringValue(word);
      return text === undefined ? word : shellWord(text);
    });
    if (words.length > 0) return words.join(' ');
  }
  return stringValue(parts[at] ?? '');
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./~^-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
