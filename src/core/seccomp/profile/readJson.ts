import { fail, ok, type Result } from '../../failure.ts';

/**
 * A string, or a whole number too long for a double. Strings come first so that digits inside them are left alone.
 */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\b\d{16,}\b(?![.eE])/g;

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
  } catch (error) {
    return wrong(`not valid JSON: ${(error as Error).message}`, 'check the file with a JSON formatter');
  }
}
