import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepTail } from '../../process/exec.ts';
import type { Tracing } from '../engine.ts';
import { type ContainerCli, lastLine } from './containerCli.ts';
import { type ContainerState, stateOf } from './containerState.ts';
import { ContainerTrace } from './containerTrace.ts';
import { type AttachReport, readAttachReport } from './filterInForce.ts';

/** What came of following a held container. */
export interface Followed {
  /** Whether the command was started under the tracer. */
  readonly started: boolean;
  /** Status that the command itself gave, where the trace shows it. */
  readonly status: number | undefined;
  /** Signal that it would have died of without a tracer (see `ContainerTrace`). */
  readonly fault: string | undefined;
  readonly report: AttachReport;
  /** Set when the trace could not be taken or was cut, in words. */
  readonly trouble?: string;
}

/** Where the trace is written; one stream for its whole life, since the reader of a FIFO takes its end for the trace's. */
export class TraceOutput {
  readonly trace: ContainerTrace;
  readonly #stream: WriteStream;

  constructor({ output, options }: Tracing) {
    this.trace = new ContainerTrace(!options.some((option) => option.startsWith('trace=')));
    this.#stream = createWriteStream(output, { flags: 'a', mode: 0o600 });
    // A reader that went away is seen by the one who made it; the command goes on.
    this.#stream.on('error', () => {});
  }

  async take(chunk: Uint8Array): Promise<void> {
    const lines = this.trace.push(chunk);
    if (lines.length === 0 || this.#stream.destroyed || this.#stream.write(lines)) return;
    await new Promise<void>((settle) => {
      const done = (): void => {
        this.#stream.off('drain', done).off('close', done);
        settle();
      };
      this.#stream.on('drain', done).on('close', done);
    });
  }

  /** Adds the lines that the tracer could not write any more; undefined: the trace was cut. */
  async close(exit: Parameters<ContainerTrace['end']>[0]): Promise<void> {
    if (this.#stream.destroyed) return;
    this.#stream.end(this.trace.end(exit));
    await finished(this.#stream).catch(() => {});
  }
}

/** Runs the tracer container and takes its trace, until it has ended. */
export async function follow(
  cli: ContainerCli,
  target: string,
  tracer: string,
  output: TraceOutput,
  stopped: () => boolean,
): Promise<Followed> {
  const { trace } = output;
  const follower = cli.start(['start', '--attach', tracer], { stdio: 'capture', ownSession: true });
  const said = keepTail(follower.stderr, 4 * 1024 * 1024);
  for await (const chunk of follower.stdout ?? []) {
    await output.take(chunk as Buffer);
    if (trace.fault === undefined) continue;
    await cli.capture(['kill', target], { timeoutSeconds: 30 });
    break;
  }
  await follower.ended;
  const report = readAttachReport(said());
  const found = { started: trace.started, status: trace.status, fault: trace.fault, report };
  if (stopped()) return found;
  if (report.noStrace) return { ...found, trouble: 'the tracer image has no strace' };
  if (!trace.started) {
    return { ...found, trouble: `strace could not attach: ${lastLine(report.said) || 'it said nothing'}` };
  }
  // The tracer dies with the target's PID namespace. If the target goes on for longer, the trace was cut.
  let state: ContainerState | undefined;
  for (let round = 0; round < 20 && !stopped(); round++) {
    state = await stateOf(cli, target);
    if (!state.running) return found;
    await sleep(50);
  }
  return stopped() ? found : { ...found, trouble: 'the tracer ended before the command' };
}
