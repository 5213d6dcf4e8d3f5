import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly tracer: number;
}

function look(pid: number): Seen | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return {
      pid,
      parent: Number(/^PPid:\s*(\d+)/m.exec(text)?.[1] ?? 0),
      tracer: Number(/^TracerPid:\s*(\d+)/m.exec(text)?.[1] ?? 0),
    };
  } catch {
    return undefined;
  }
}

/** All processes that descend from `root` or are traced by it or by one of those; the root comes first. */
export function family(root: number): number[] {
  let all: Seen[];
  try {
    all = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => look(Number(name)) ?? []);
  } catch {
    return [root];
  }
  const members = new Set([root]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent, tracer } of all) {
      if (!members.has(pid) && (members.has(parent) || members.has(tracer))) {
        members.add(pid);
        grown = true;
      }
    }
  }
  return [...members];
}

/** A process as /proc shows it to us. */
export interface Look {
  readonly pid: number;
  /** Its command line; empty for a kernel thread and for what has ended. */
  readonly words: readonly string[];
  /** What its descriptors lead to; empty where that is not ours to see. */
  files(): readonly string[];
}

/** The processes of which something is true. */
export function findProcesses(is: (process: Look) => boolean): number[] {
  return entries('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      const words = commandLine(name);
      return is({ pid: Number(name), words, files: () => openFiles(name) });
    })
    .map(Number);
}

function commandLine(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

function openFiles(pid: string): readonly string[] {
  return entries(`/proc/${pid}/fd`).flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${descriptor}`)];
    } catch {
      return [];
    }
  });
}

function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/**
 * Whether this is a strace, or the copy of one that has not become the command yet, or a supervisor of
 * native/helpers/notify.c, that writes to `output`.
 */
export function isStraceTo({ words }: Look, output: (path: string) => boolean): boolean {
  const [program = '', ...rest] = words;
  if (rest[0] === 'supervise' && program.startsWith('/proc/self/fd/')) return output(rest[1] ?? '');
  const path = rest[rest.indexOf('-o') + 1];
  return program.endsWith('strace') && rest.includes('-o') && path !== undefined && output(path);
}

/** What the living of these processes are called, as `ps` shows it: `name (pid N)`. */
export function namesOf(pids: readonly number[]): readonly string[] {
  return pids.flatMap((pid) => {
    try {
      return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`;
    } catch {
      return [];
    }
  });
}

/** Kills `root` and its whole family, tracees that were given another parent included. */
export function killFamily(root: number, known: readonly number[] = []): void {
  // Stopped first: who is stopped forks no more. What was forked in between is found by the next look.
  const members = new Set(known);
  for (;;) {
    const before = members.size;
    for (const pid of family(root)) members.add(pid);
    if (members.size === before) break;
    for (const pid of members) send(pid, 'SIGSTOP');
    awaitStops(members);
  }
  for (const pid of members) send(pid, 'SIGKILL');
}

/** What a stop may take, in milliseconds; who sleeps in the kernel is not waited for longer. */
const STOP_MS = 50;
const clock = new Int32Array(new SharedArrayBuffer(4));

/** A fork that was under way when the stop came still ends, and only then shows its child. */
function awaitStops(pids: ReadonlySet<number>): void {
  for (let waited = 0; waited < STOP_MS && [...pids].some(isRunning); waited++) Atomics.wait(clock, 0, 0, 1);
}

/** What stands in a process's stat after its name in parentheses: state ppid pgrp session tty_nr tpgid, and more. */
function statFields(pid: number | 'self'): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** The clock that the kernel notes starts of processes by; 0 where it is not to be read. */
export function ticksSinceBoot(): number {
  try {
    return Math.floor(Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * TICKS);
  } catch {
    return 0;
  }
}

/** USER_HZ, which the kernel shows everywhere whatever it counts in. */
const TICKS = 100;

/** Whether a process was started by us, or in our job or session, not before that moment of `ticksSinceBoot`. */
export function startedSince(pid: number, ticks: number): boolean {
  try {
    const [, , group, session] = statFields('self');
    const its = statFields(pid);
    // A session of its own is led by the strace that is gone: nobody else's processes are without a leader.
    const orphaned = its[3] !== session && !isThere(its[3]!);
    return Number(its[19]) >= ticks && (its[2] === group || orphaned);
  } catch {
    return false;
  }
}

function isThere(pid: string): boolean {
  return send(Number(pid), 0);
}

function isRunning(pid: number): boolean {
  try {
    return 'RSD'.includes(statFields(pid)[0]!);
  } catch {
    return false;
  }
}

/** Sends a signal (0: only asks); false when there is no such process any more. */
export function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** True when our process group is the one that the terminal sends its signals to. */
export function inForeground(): boolean {
  try {
    const [, , group, , terminal, foreground] = statFields('self');
    return terminal !== '0' && group === foreground;
  } catch {
    return false;
  }
}
