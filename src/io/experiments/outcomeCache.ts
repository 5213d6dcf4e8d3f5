import { createHash } from 'node:crypto';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Candidate, Observation } from '../../core/minimize/problem.ts';
import { makeFolders } from '../files/files.ts';

/**
 * What experiments gave, kept over an interruption (`--resume`). One file per question: the fingerprint covers command,
 * tree, image, environment, program versions; the key of an entry covers the filter.
 */
export class OutcomeCache {
  readonly #path: string | undefined;
  readonly #entries = new Map<string, Observation>();

  private constructor(path: string | undefined) {
    this.#path = path;
  }

  /** `resume` reads what an earlier session with the same fingerprint left; else it begins anew. */
  static async open(fingerprint: string, resume: boolean): Promise<OutcomeCache> {
    const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'trace-build', 'outcomes');
    let path: string | undefined = join(folder, `${fingerprint}.json`);
    try {
      makeFolders(folder, 0o700);
      await chmod(folder, 0o700);
    } catch {
      // A home that can't be written to: the session works, it just can't be resumed.
      path = undefined;
    }
    const cache = new OutcomeCache(path);
    if (resume && path !== undefined) {
      try {
        for (const [key, stored] of Object.entries(JSON.parse(await readFile(path, 'utf8')))) {
          cache.#entries.set(key, revive(stored as Stored));
        }
      } catch {
        // Nothing there, or not readable: begin anew.
      }
    }
    return cache;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Observation | undefined {
    return this.#entries.get(key);
  }

  /** What gave no answer is not kept: it may give one next time. */
  async put(key: string, observation: Observation): Promise<void> {
    if (observation.outcome === 'unresolved') return;
    this.#entries.set(key, observation);
    if (this.#path === undefined) return;
    const stored = Object.fromEntries([...this.#entries].map(([name, value]) => [name, store(value)]));
    const next = `${this.#path}.${process.pid}.new`;
    try {
      await writeFile(next, JSON.stringify(stored), { mode: 0o600 });
      await rename(next, this.#path);
    } catch {
      // A full disk is not a reason to stop.
    }
  }
}

interface Stored extends Omit<Observation, 'called' | 'discovered'> {
  readonly called?: readonly string[];
  readonly discovered?: readonly unknown[];
}

/** Argument values are 64 bits wide, JSON numbers are not: they are written as text with an `n`. */
function store({ called, discovered, ...rest }: Observation): Stored {
  return {
    ...rest,
    ...(called ? { called: [...called] } : {}),
    ...(discovered
      ? {
          discovered: JSON.parse(
            JSON.stringify(discovered, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)),
          ) as unknown[],
        }
      : {}),
  };
}

function revive({ called, discovered, ...rest }: Stored): Observation {
  return {
    ...rest,
    ...(called ? { called: new Set(called) } : {}),
    ...(discovered
      ? {
          discovered: JSON.parse(JSON.stringify(discovered), (_, value) =>
            typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
          ) as Candidate[],
        }
      : {}),
  };
}

/** SHA-256 over parts; their borders count. */
export function fingerprint(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(`${typeof part === 'string' ? Buffer.byteLength(part) : part.byteLength}\n`);
    hash.update(part);
  }
  return hash.digest('hex');
}
