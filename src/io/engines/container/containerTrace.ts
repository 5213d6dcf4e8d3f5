import type { ExitInfo } from '../../../core/documents/trace.ts';
import { InitSignals } from './initSignals.ts';

/**
 * Cleans the stream of strace text that comes out of the tracer container:
 *  - what the held program did before the command started is not the build's, and is dropped;
 *  - when process 1 ends, the kernel kills everything in its PID namespace, the tracer too, before it can write how they
 *    ended. Those lines (`+++ exited with N +++`, `+++ killed by SIGKILL +++`) are added, from what the engine says;
 *  - a signal that process 1 dies of only while it is not traced: `fault` tells it, and nothing that follows belongs to
 *    the trace.
 */
export class ContainerTrace {
  #rest: Buffer = Buffer.alloc(0);
  #started = false;
  readonly #alive = new Set<number>();
  /** Status that process 1 gave to exit_group or exit, where the trace shows it. */
  #status: number | undefined;
  readonly #signals: InitSignals;

  /** `handlersTraced`: the trace shows rt_sigaction. */
  constructor(handlersTraced = true) {
    this.#signals = new InitSignals(handlersTraced);
  }

  /** The lines of a chunk that belong to the trace; a line torn at its end waits for the next chunk. */
  push(chunk: Uint8Array): Buffer {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : Buffer.from(chunk);
    const end = all.lastIndexOf(10) + 1;
    this.#rest = all.subarray(end);
    let from = 0;
    for (let at = 0; at < end; ) {
      if (this.fault !== undefined) return all.subarray(from, at);
      const next = all.indexOf(10, at) + 1;
      if (!this.#line(all, at, next - 1)) from = next;
      at = next;
    }
    return all.subarray(from, end);
  }

  /** Whether the command has been started under the tracer. */
  get started(): boolean {
    return this.#started;
  }

  /** The signal that process 1 would have died of, had it not been traced. */
  get fault(): string | undefined {
    return this.#signals.fault;
  }

  /** Status given to exit_group by process 1; undefined when it died of a signal or the trace was cut. */
  get status(): number | undefined {
    // The tracer dies with process 1, maybe in the middle of its last line: `1 exit_group(2) = ?` without an end.
    const torn = /^1 +exit(?:_group)?\((\d+)\)/.exec(this.#rest.toString('latin1', 0, 64))?.[1];
    return torn === undefined ? this.#status : Number(torn) & 255;
  }

  /**
   * The lines that strace could not write any more. Without `ended` (the tracer died, and not of the command's end)
   * there are none: such a trace is not complete.
   */
  end(ended: ExitInfo | undefined): string {
    if (!ended || !this.#alive.has(1)) return '';
    const others = [...this.#alive].filter((pid) => pid !== 1);
    const last =
      ended.signal === undefined ? `exited with ${ended.status ?? 0}` : `killed by ${ended.signal}`;
    return [...others.map((pid) => `${pid} +++ killed by SIGKILL +++\n`), `1 +++ ${last} +++\n`].join('');
  }

  /** Notes what a line tells; false for a line before the command's first execve. */
  #line(text: Buffer, from: number, end: number): boolean {
    let pid = 0;
    let at = from;
    for (; at < end; at++) {
      const digit = text[at]! - 48;
      if (digit < 0 || digit > 9) break;
      pid = pid * 10 + digit;
    }
    if (!this.#started) {
      if (!text.subarray(at, end).includes('execve(')) return false;
      this.#started = true;
    }
    if (at === from) return true;
    // `+++` can only stand behind the blanks and a number in brackets; most lines are decided by the first byte.
    while (text[at] === 32) at++;
    if (text[at] === 91) {
      at = text.indexOf(93, at) + 1;
      while (text[at] === 32) at++;
    }
    this.#signals.see(pid, text, at, end);
    if (text[at] === 43) this.#alive.delete(pid);
    else {
      this.#alive.add(pid);
      if (pid === 1 && text[at] === 101) {
        const status = /^exit(?:_group)?\((\d+)/.exec(text.toString('latin1', at, Math.min(end, at + 32)));
        if (status) this.#status = Number(status[1]) & 255;
      }
    }
    return true;
  }
}
