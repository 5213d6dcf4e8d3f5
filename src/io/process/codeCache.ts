// What module.enableCompileCache does in Node 22, for Node 20: V8 compiles a file of some hundred kilobytes in as much time
// as Node itself needs to start.
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';

/** The first line of a bundle: `// ` and the SHA-256 of the rest, so that a cache of other code is never taken. */
const STAMP = 64;
/** The stamp, and the sum of what follows. */
const HEADER = STAMP + 4;

/** Runs a CommonJS file that scripts/bundle.mjs made, with the code that an earlier run left in `directory`. */
export function runCached(path: string, directory: string): unknown {
  const source = readFileSync(path, 'latin1');
  const stamp = source.slice(3, 3 + STAMP);
  const cache = join(directory, basename(path));
  const cachedData = readCache(cache, stamp);
  const script = new Script(`(function (exports, require, module, __filename, __dirname) { ${source}\n})`, {
    filename: path,
    ...(cachedData ? { cachedData } : {}),
  });
  if (!cachedData || script.cachedDataRejected)
    process.once('exit', () => writeCache(cache, stamp, () => script.createCachedData()));
  const made = { exports: {} as unknown };
  script.runInThisContext()(made.exports, createRequire(path), made, path, dirname(path));
  return made.exports;
}

/** V8 does not look for damage, and of the source it compares the length only. */
function readCache(cache: string, stamp: string): Buffer | undefined {
  let file: number | undefined;
  try {
    file = openSync(cache, 'r');
    const { uid, mode } = fstatSync(file);
    // Under sudo with the home of the user who called it, others could put code there for root.
    if (process.getuid && (uid !== process.getuid() || (mode & 0o022) !== 0)) return undefined;
    const bytes = readFileSync(file);
    if (bytes.length <= HEADER || bytes.toString('latin1', 0, STAMP) !== stamp) return undefined;
    const code = bytes.subarray(HEADER);
    return sumOf(code) === bytes.readInt32LE(STAMP) ? code : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function writeCache(cache: string, stamp: string, compile: () => Buffer): void {
  const part = `${cache}.${process.pid}`;
  try {
    makeDirectories(dirname(cache));
    const code = compile();
    const header = Buffer.alloc(HEADER);
    header.write(stamp, 'latin1');
    header.writeInt32LE(sumOf(code), STAMP);
    writeFileSync(part, Buffer.concat([header, code]), { flag: 'wx', mode: 0o600 });
    renameSync(part, cache);
  } catch {
    remove(part);
  }
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Nothing of it could be made.
  }
}

/** `trace-build/code` in the user's cache; a home that is not there is not made. */
function makeDirectories(directory: string): void {
  const cache = dirname(dirname(directory));
  if (!existsSync(dirname(cache))) throw new Error(`there is no ${dirname(cache)}`);
  for (const part of [cache, dirname(directory), directory]) {
    if (!existsSync(part)) mkdirSync(part, { mode: 0o700 });
  }
}

/** Of the length and a byte in every 64: what a full disk or a lost page leaves is found, and it takes no time. */
function sumOf(bytes: Uint8Array): number {
  let sum = bytes.length;
  for (let at = 0; at < bytes.length; at += 64) sum = (Math.imul(sum, 31) + bytes[at]!) | 0;
  return sum;
}
