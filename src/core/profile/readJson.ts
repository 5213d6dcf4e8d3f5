import { fail, ok, type Result } from '../failure.ts';

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

/** `JSON.parse`, except that whole numbers above 2^53 become bigint: argument values of profiles are 64-bit. */
export function readProfileJson(text: string, file?: string): Result<unknown> {
  const kept = text
    .replace(/^\uFEFF/, '')
    .replace(TOKEN, (token) =>
      token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"\\u0000${token}"`,
    );
  try {
    return ok(JSON.parse(kept, kept.includes('\\u0000') ? longNumber : undefined) as unknown);
  } catch (error) {
    return fail('input', `not valid JSON: ${(error as Error).message}`, {
      ...(file === undefined ? {} : { where: { file } }),
      hint: 'check the file with a JSON formatter',
    });
  }
}
