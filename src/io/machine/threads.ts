import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { family } from '../process/processes.ts';

/** Every thread of a process and of those that it started; empty where it is gone. */
export function threadsOf(pid: number): readonly number[] {
  return family(pid).flatMap(tasks);
}

/** Every thread that sees the same processes as this one, as all of a container do; its family where it shares ours. */
export function threadsBeside(pid: number): readonly number[] {
  const own = namespaceOf('self');
  const theirs = namespaceOf(String(pid));
  if (theirs === undefined || theirs === own) return threadsOf(pid);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && namespaceOf(name) === theirs)
    .flatMap((name) => tasks(Number(name)));
}

/** The short name of what a thread runs (comm, at most 15 bytes); undefined where it is gone. */
export function commandOf(tid: number): string | undefined {
  try {
    return readFileSync(`/proc/${tid}/comm`, 'utf8').trimEnd();
  } catch {
    return undefined;
  }
}

function tasks(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}
