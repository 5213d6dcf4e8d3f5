import { abiInfo } from '../../linux/abi.ts';
import { syscallNumber } from '../../linux/numbers.ts';
import type { CallerImage, DistinctCall, TraceSummary } from '../../strace/grammar/event.ts';

/**
 * A trace that holds each distinct call of `trace` once for each program that made it, in the order of first appearance, as
 * `strace -f -n` would print it: the number in brackets keeps the ABI. Verdicts and fix stay the same; counts, repetitions
 * and timing are lost. A process whose program is known begins with its execve and the shared objects that it opened: some
 * callers bear an errno that others do not.
 */
export function compactTrace(trace: TraceSummary): string {
  const calls = [...trace.calls].sort((a, b) => a.first.line - b.first.line);
  const writer = new Writer(Math.max(1, ...calls.map(({ first: { pid = 1 } }) => pid)));
  const lines = calls.flatMap((call) => writer.linesOf(call));
  // Every process ends, so the trace reads as complete if it was.
  const ends = trace.complete ? [...writer.pids].map((pid) => `${pid} +++ exited with 0 +++`) : [];
  return `${[...lines, ...ends].join('\n')}\n`;
}

class Writer {
  readonly pids = new Set<number>();
  readonly #running = new Map<number, { readonly command: string; readonly opened: Set<string> }>();
  readonly #byProgram = new Map<string, number>();
  #newest: number;

  constructor(newest: number) {
    this.#newest = newest;
  }

  linesOf(call: DistinctCall): readonly string[] {
    const { pid = 1, command } = call.first;
    const images = call.images ?? [
      { ...(command === undefined ? {} : { command }), libraries: [], start: [] },
    ];
    return images.flatMap((image, at) => {
      const own = call.images ? this.#pidOf(image, at === 0 ? pid : undefined) : pid;
      this.pids.add(own);
      return [...this.#beginning(image, own, call), lineOf(call, own)];
    });
  }

  /** Each program has a process of its own, if it can be the one that made the call. */
  #pidOf(image: CallerImage, wanted: number | undefined): number {
    const key = JSON.stringify([image.command, image.libraries]);
    const known = this.#byProgram.get(key);
    if (known !== undefined) return known;
    const free = wanted !== undefined && ![...this.#byProgram.values()].includes(wanted);
    const pid = free ? wanted : ++this.#newest;
    this.#byProgram.set(key, pid);
    return pid;
  }

  #beginning({ command, libraries }: CallerImage, pid: number, call: DistinctCall): readonly string[] {
    if (command === undefined || call.call.name === 'execve') return [];
    const running = this.#running.get(pid);
    const starts = running?.command !== command;
    const opened = starts ? new Set<string>() : running.opened;
    if (starts) this.#running.set(pid, { command, opened });
    const missing = libraries.filter((library) => !opened.has(library));
    for (const library of missing) opened.add(library);
    return [
      ...(starts ? [execveOf(command, call, pid)] : []),
      ...missing.map((library) => openOf(library, call, pid)),
    ];
  }
}

const bracketed = (name: string, { call: { abi } }: DistinctCall): string =>
  `[${String(syscallNumber(name, abi) ?? 0).padStart(4)}] ${name}`;

function execveOf(command: string, call: DistinctCall, pid: number): string {
  const quoted = command.split(' ').map((word) => JSON.stringify(word));
  return `${pid} ${bracketed('execve', call)}(${quoted[0]}, [${quoted.join(', ')}], 0x0 /* 0 vars */) = 0`;
}

function openOf(library: string, call: DistinctCall, pid: number): string {
  return `${pid} ${bracketed('openat', call)}(AT_FDCWD, ${JSON.stringify(library)}, O_RDONLY|O_CLOEXEC) = 3`;
}

function lineOf({ call, outcome, sample }: DistinctCall, pid: number): string {
  const number = call.nr < 0 ? '' : `[${String(call.nr).padStart(4)}] `;
  const head = `${pid} ${number}${call.name}(${sample})`;
  if (outcome === 'returned') return `${head} = 0`;
  if (outcome === 'unknown') return `${head} = ?`;
  if (outcome === 'sigsys')
    return `${head} = ?\n${pid} --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP} ---`;
  if (outcome === 'refused') {
    const arch = abiInfo(call.abi).auditToken.toString(16);
    return `type=1326 audit(0.0:0): pid=${pid} arch=${arch} syscall=${call.nr} code=0x50000`;
  }
  return `${head} = -1 ${outcome.errno} (${outcome.errno})${outcome.injected ? ' (INJECTED)' : ''}`;
}
