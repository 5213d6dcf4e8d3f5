import { lstatSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture } from '../process/exec.ts';
import { processIsGone, processValue } from '../process/owner.ts';
import { findProcesses, isStraceTo, killFamily } from '../process/processes.ts';

const PREFIX = 'trace-build-';

/**
 * Makes a folder that only we can enter. Its name tells whose it is, so that `sweepTemporary` finds what a killed
 * process left. `parent`: one of `places`; without it the first of them that can be written to.
 */
export function temporaryFolder(parent?: string): string {
  let refused: unknown;
  for (const place of parent === undefined ? places() : [parent]) {
    try {
      return mkdtempSync(join(place, prefix()));
    } catch (error) {
      refused ??= error;
    }
  }
  throw refused;
}

/** The same for a while: it is removed in any case. */
export async function inTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = temporaryFolder();
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where temporary folders of ours may be, the preferred place first. */
export const places = (): readonly string[] => [...new Set([tmpdir(), '/var/tmp', '/dev/shm'])];

let swept: Promise<void> | undefined;

/** Ends the traced processes and removes the mounts and folders that killed processes of ours left; once a process. */
export function sweepTemporary(): Promise<void> {
  swept ??= sweep();
  return swept;
}

async function sweep(): Promise<void> {
  const folders = places().flatMap(abandoned);
  if (folders.length === 0) return;
  for (const pid of workersIn(folders)) killFamily(pid);
  for (const mount of mountsBelow(folders)) await capture('umount', ['-l', mount], { timeoutSeconds: 30 });
  for (const folder of folders) await removeTree(folder).catch(() => undefined);
}

/** Folders of this user whose maker is gone. */
function abandoned(parent: string): string[] {
  return list(parent)
    .filter((name) => {
      const owner = /^trace-build-(\d+)-(\d+)-(\d+)-\w+$/.exec(name);
      return owner !== null && processIsGone(owner.slice(1).join('/'));
    })
    .map((name) => join(parent, name))
    .filter((path) => {
      const found = lstatSync(path, { throwIfNoEntry: false });
      return found?.isDirectory() === true && found.uid === process.getuid?.();
    });
}

/**
 * strace and `docker build` go on without us; where they write to, or read from, is among their arguments. bwrap whose
 * strace died before it took hold has a file open that we made.
 */
function workersIn(folders: readonly string[]): number[] {
  const inside = (path: string | undefined) => folders.some((folder) => path?.startsWith(`${folder}/`));
  // Of the same makers: the folder of an open file is gone at once.
  const makers = [...new Set(folders.map((folder) => folder.slice(0, folder.lastIndexOf('-') + 1)))];
  return findProcesses((look) => {
    if (isStraceTo(look, inside)) return true;
    if (look.words.includes('build'))
      return look.words.some((word) => inside(/^--file=(.*)/s.exec(word)?.[1]));
    if (look.words[0]?.endsWith('bwrap') !== true) return false;
    return look.files().some((file) => makers.some((maker) => file.startsWith(maker)));
  });
}

function mountsBelow(folders: readonly string[]): string[] {
  return read('/proc/self/mounts')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => folders.some((folder) => path.startsWith(`${folder}/`)))
    .reverse();
}

/** Removes a folder with everything in it. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // Folders without write permission (Go's module cache): make them writable, then again.
    await capture('chmod', ['-R', 'u+rwX', path], {});
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

function prefix(): string {
  return `${PREFIX}${processValue().replaceAll('/', '-')}-`;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
