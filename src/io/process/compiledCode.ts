import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where Node can keep compiled code (22.1 and later), it is kept in a folder that is the user's alone: in Node's own
 * choice, below /tmp, anybody could have put other code. Where that can't be written, Node goes on without.
 */
export function keepCompiledCode(): void {
  const { enableCompileCache } = module as { readonly enableCompileCache?: (folder: string) => unknown };
  try {
    const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
    enableCompileCache?.(join(cache, 'trace-build', 'code'));
  } catch {
    // No home.
  }
}
