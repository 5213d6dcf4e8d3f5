/** Classes of characters as bits, so that a scan asks a table once per character. Everything above ASCII is a letter. */
export const DIGIT = 1;
export const UPPER = 2;
export const LOWER = 4;
export const UNDERSCORE = 8;
export const DASH = 16;
export const DOT = 32;
/** White space. */
export const SPACE = 64;
/** Quotes, and what ends a value that has none. */
export const QUOTE = 128;
export const END = 256;
/** What a path is written with, beside letters, digits, `_`, `-` and `.`. */
export const PATH_MARK = 512;
/** What base64 is written with, beside letters, digits, `_`, `-` and `.`. */
export const BASE64_MARK = 1024;
export const HEX = 2048;
export const SLASH = 4096;

export const LETTER = UPPER | LOWER;
export const ALNUM = LETTER | DIGIT;
export const WORD = ALNUM | UNDERSCORE;
/** Names of settings, programs, hosts and accounts. */
export const NAME = WORD | DASH | DOT;

const CLASSES = new Uint16Array(128);
function add(characters: string, bits: number): void {
  for (const character of characters) CLASSES[character.charCodeAt(0)]! |= bits;
}
add('0123456789', DIGIT | HEX);
add('ABCDEFGHIJKLMNOPQRSTUVWXYZ', UPPER);
add('abcdefghijklmnopqrstuvwxyz', LOWER);
add('abcdefABCDEF', HEX);
add('_', UNDERSCORE);
add('-', DASH);
add('.', DOT);
add(' \t\n\r\v\f', SPACE);
add('"\'`', QUOTE);
add(',;&|<>', END);
add('@%+~,:#', PATH_MARK);
add('+/=%', BASE64_MARK);
add('/', SLASH);

/** The bits of the character at an index; none outside of the text. */
export function classAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit < 128 ? CLASSES[unit]! : unit >= 128 ? LOWER : 0;
}

/** Index after the run of characters of these classes that begins at `at`. */
export function runEnd(text: string, at: number, bits: number): number {
  let end = at;
  while (end < text.length && (classAt(text, end) & bits) !== 0) end++;
  return end;
}

/** Index where the run of characters of these classes that ends before `end` begins; looks at most `most` back. */
export function runStart(text: string, end: number, bits: number, most: number): number {
  const floor = Math.max(0, end - most);
  let start = end;
  while (start > floor && (classAt(text, start - 1) & bits) !== 0) start--;
  return start;
}
