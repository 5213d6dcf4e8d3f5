import { readdirSync, readFileSync } from 'node:fs';

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
