import { fail, ok, type Result } from '../failure.ts';

/**
 * A string, or a whole number too long for a double. Strings come first so that digits inside them are left alone.
 */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\b\d{16,}\b(?![.eE])/g;

/** `JSON.parse`, except that whole numbers above 2^53 become text: argument values of profiles are 64-bit. */
export function readProfileJson(text: string, file?: string): Result<unknown> {
  const kept = text
    .replace(/^\uFEFF/, '')
    .replace(TOKEN, (token) =>
      token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"${token}"`,
    );
  try {
    return ok(JSON.parse(kept) as unknown);
  } catch (error) {
    return fail('input', `not valid JSON: ${(error as Error).message}`, {
      ...(file === undefined ? {} : { where: { file } }),
      hint: 'check the file with a JSON formatter',
    });
  }
}
