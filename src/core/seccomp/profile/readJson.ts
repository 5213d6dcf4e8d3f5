import { fail, ok, type Result } from '../../failure.ts';

/**
 * A string, or a whole number too long for a double. Strings come first so that digits inside them are left alone; one that
 * does not end goes to the end of the text, or every quote in it would be tried as a beginning.
 */
const TOKEN = /"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|\\?$)|-?\b\d{16,}\b(?![.eE])/g;

/** Marks what was a number: text in quotes is none, and no engine takes it for one. */
const LONG = '\u0000';

const longNumber = (_: string, value: unknown): unknown =>
  typeof value === 'string' && value.startsWith(LONG) && /^-?\d+$/.test(value.slice(1))
    ? BigInt(value.slice(1))
    : value;

/** Go's decoder stops at 10,000; no profile has more than seven. */
const DEEPEST = 100;

function isDeep(json: unknown): boolean {
  let level = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  return false;
}

/** `JSON.parse`, except that whole numbers above 2^53 become bigint: argument values of profiles are 64-bit. */
export function readProfileJson(text: string, file?: string): Result<unknown> {
  const kept = text
    .replace(/^\uFEFF/, '')
    .replace(TOKEN, (token) =>
      token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"\\u0000${token}"`,
    );
  const wrong = (what: string, hint: string) =>
    fail('input', what, { ...(file === undefined ? {} : { where: { file } }), hint });
  try {
    const json: unknown = JSON.parse(kept);
    if (isDeep(json)) {
      return wrong(`nested more than ${DEEPEST} deep`, 'give a seccomp profile; none is nested so deeply');
    }
    return ok(kept.includes('\\u0000') ? (JSON.parse(kept, longNumber) as unknown) : json);
  } catch {
    return wrong(
      `not valid JSON${placeOf(text.replace(/^\uFEFF/, ''))}`,
      'check the file with a JSON formatter',
    );
  }
}

/** Beyond this the place is not worth looking for. */
const LONGEST = 1 << 22;

/**
 * Where the text stops being JSON, by line and column. What the engine's own message says quotes the text, which may be a
 * file that whoever reads the message could not read himself.
 */
function placeOf(text: string): string {
  // Up to there a prefix is only unfinished; the first that is wrong is found by halving.
  let [good, bad] = [0, text.length];
  if (isUnfinished(text)) return ': it ends too early';
  if (text.length > LONGEST) return '';
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isUnfinished(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  const before = text.slice(0, good).split('\n');
  return ` at line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

function isUnfinished(prefix: string): boolean {
  try {
    JSON.parse(prefix);
    return true;
  } catch (error) {
    const { message } = error as Error;
    const at = /at position (\d+)/.exec(message)?.[1];
    return /end of JSON|Unterminated/.test(message) || (at !== undefined && Number(at) >= prefix.length);
  }
}
