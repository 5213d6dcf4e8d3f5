import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCached } from './codeCache.ts';

/** Node 22.1 and later keep compiled code themselves. */
type EnableCompileCache = ((directory: string) => unknown) | undefined;

/**
 * Runs a CommonJS file of the package and returns its exports; undefined where the build has made no such file. Code that
 * was compiled once is kept in a directory that is the user's alone: in Node's own choice, below /tmp, anybody could have
 * put other code. Where that can't be written, the file runs without.
 */
export function loadCompiled(file: URL): unknown {
  const path = fileURLToPath(file);
  if (!existsSync(path)) return undefined;
  const { enableCompileCache } = module as { readonly enableCompileCache?: EnableCompileCache };
  const directory = process.env.NODE_DISABLE_COMPILE_CACHE ? undefined : codeDirectory();
  if (directory !== undefined && !enableCompileCache) return runCached(path, directory);
  if (directory !== undefined) enableCompileCache?.(directory);
  return module.createRequire(path)(path);
}

function codeDirectory(): string | undefined {
  try {
    return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'trace-build', 'code');
  } catch {
    // No home.
    return undefined;
  }
}
