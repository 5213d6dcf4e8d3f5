import { decodeText } from '../sources/bytes.ts';
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

/** Text of a string as strace prints it, without the quotes, a unit for each byte; undefined when the argument is none. */
export function stringValue(argument: string): string | undefined {
  const start = argument.indexOf('"');
  if (start === -1 || start > 1) return undefined;
  const end = endOfString(argument, start + 1);
  if (end === -1) return undefined;
  return unescaped(argument.slice(start + 1, end));
}

/** What escapes mean in text as strace prints it: names in UTF-8 become readable, other bytes stay units. */
export function readable(escaped: string): string {
  const value = unescaped(escaped);
  return textOfBytes(value) ?? value;
}

/** The text that these bytes are in UTF-8; undefined when they are none, or have no more in them than ASCII. */
export function textOfBytes(bytes: string): string | undefined {
  if (!/[\x80-\xff]/.test(bytes) || /[^\x00-\xff]/.test(bytes)) return undefined;
  const text = decodeText(
    Uint8Array.from(bytes, (unit) => unit.charCodeAt(0)),
    0,
    bytes.length,
  );
  return text.includes('\ufffd') ? undefined : text;
}

function unescaped(text: string): string {
  return text.replace(/\\(x[0-9a-f]{1,2}|[0-7]{1,3}|.)/g, (_, code: string) => {
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
      return text === undefined ? word : shellWord(textOfBytes(text) ?? text);
    });
    if (words.length > 0) return words.join(' ');
  }
  const path = stringValue(parts[at] ?? '');
  return path === undefined ? undefined : (textOfBytes(path) ?? path);
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./~^-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const QUOTED = /'[^']*'(?:\\''[^']*')*/y;
const PLAIN = /[^\s'"\\;|&<>()]+/y;

/** The words of a line that was put together by quoting each, as it is and as it stands there; undefined for other text. */
export function shellWords(
  line: string,
): readonly { readonly word: string; readonly quoted: string }[] | undefined {
  const words: { word: string; quoted: string }[] = [];
  let at = 0;
  while (at < line.length) {
    const pattern = line[at] === "'" ? QUOTED : PLAIN;
    pattern.lastIndex = at;
    const quoted = pattern.exec(line)?.[0];
    const next = at + (quoted?.length ?? 0);
    if (quoted === undefined || (next < line.length && line[next] !== ' ')) return undefined;
    words.push({
      quoted,
      word: quoted.startsWith("'") ? quoted.slice(1, -1).replaceAll("'\\''", "'") : quoted,
    });
    at = next + 1;
  }
  return words;
}
