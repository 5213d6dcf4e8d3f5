import { readFile, statfs } from 'node:fs/promises';

/** What the kernel says of memory and disk while a command ran; undefined where it could not be asked. */
export interface Shortage {
  /** It killed a process for lack of memory. */
  readonly memory?: boolean;
  /** A file system in question had no room left. */
  readonly disk?: boolean;
}

const EVERY_MS = 100;

/** Less than this is no room: a file system keeps some blocks to itself. */
const LEAST_BYTES = 64 * 1024;

/** How often the kernel killed for lack of memory since it started, whatever the cgroup (mm/oom_kill.c); 4.13 and later. */
async function kills(): Promise<number | undefined> {
  const text = await readFile('/proc/vmstat', 'utf8').catch(() => '');
  const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}

async function isFull(path: string): Promise<boolean> {
  try {
    const { bavail, bfree, bsize, files, ffree } = await statfs(path);
    // Root may use what is kept back.
    const room = (process.getuid?.() === 0 ? bfree : bavail) * bsize;
    return room < LEAST_BYTES || (files > 0 && ffree === 0);
  } catch {
    return false;
  }
}

/** Looks at memory and at the file systems of `paths` until `end`, which says what was seen. */
export async function watchShortage(
  paths: readonly string[],
): Promise<{ end(): Promise<Shortage>; stop(): void }> {
  const before = await kills();
  let full = false;
  const look = async (): Promise<void> => {
    for (const path of paths) if (!full) full = await isFull(path);
  };
  // What fills a disk is often removed when it fails.
  const timer = setInterval(() => void look(), EVERY_MS);
  timer.unref();
  return {
    stop: () => clearInterval(timer),
    async end() {
      clearInterval(timer);
      await look();
      const after = await kills();
      const memory = before === undefined || after === undefined ? undefined : after > before;
      return { ...(memory === undefined ? {} : { memory }), ...(full ? { disk: true } : {}) };
    },
  };
}
