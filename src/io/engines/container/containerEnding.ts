import { forwardSignals } from '../../process/signals.ts';
import type { Job } from '../engine.ts';
import type { ContainerCli } from './containerCli.ts';
import { remove } from './containerOwner.ts';

/** How long a command may take to end after it was asked to, in milliseconds. */
const GRACE = 3000;

/** What ends a job before its time: its limit, its abort signal, our own signals. Each removes the containers. */
export class Ending {
  why: 'timeout' | 'aborted' | undefined;
  /** Signals that asked us to stop. */
  received: readonly string[] = [];
  /** Pid of the `start --attach` process: it passes the signals on that it gets. */
  attached: number | undefined;
  readonly #stop: (() => void)[] = [];

  /** `made` grows while the job runs: the ids of its containers. */
  constructor(cli: ContainerCli, job: Job, made: readonly string[]) {
    const end = (why: 'timeout' | 'aborted') => (): void => {
      this.why ??= why;
      void remove(cli, [...made]);
    };
    const abort = end('aborted');
    if (job.timeoutSeconds !== undefined) this.#later(end('timeout'), job.timeoutSeconds * 1000);
    job.signal?.addEventListener('abort', abort, { once: true });
    this.#stop.push(() => job.signal?.removeEventListener('abort', abort));
    if (job.signal?.aborted) abort();
    if (job.stdio === 'capture') return;

    const forwarding = forwardSignals(() => this.attached);
    const watch = setInterval(() => {
      const before = this.received.length;
      if (forwarding.received.length === before) return;
      this.received = [...forwarding.received];
      // Process 1 of a container ignores what it has no handler for: a shell would go on after Ctrl-C.
      this.#later(abort, before > 0 || this.attached === undefined ? 0 : GRACE);
    }, 50);
    this.#stop.push(() => {
      clearInterval(watch);
      forwarding.stop();
      this.received = [...forwarding.received];
    });
  }

  stop(): void {
    for (const one of this.#stop.splice(0)) one();
  }

  #later(act: () => void, milliseconds: number): void {
    const timer = setTimeout(act, milliseconds);
    this.#stop.push(() => clearTimeout(timer));
  }
}
