import { setTimeout as sleep } from 'node:timers/promises';
import type { KernelRecords } from '../core/diagnosis/confirm/kernelRecords.ts';
import { watchedTrace } from '../core/diagnosis/confirm/watched.ts';
import { denialsOf } from '../core/diagnosis/denials.ts';
import { testedArguments } from '../core/diagnosis/tested.ts';
import type { WatchDocument } from '../core/documents/watch.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import type { HostModel } from '../core/hosts/host.ts';
import type { ContainerProgram } from '../io/engines/container/containerCli.ts';
import { openHost } from '../io/machine/hosts.ts';
import { runningMachine } from '../io/machine/machine.ts';
import { commandOf, threadsBeside, threadsOf } from '../io/machine/threads.ts';
import { watchKernel } from '../io/recording/kernelWatch.ts';
import { kernelEventsOf } from './confirmRun.ts';

/** What to watch: a process of this machine with all that it started, or a container that runs here. */
export interface WatchOptions {
  readonly pid?: number;
  readonly container?: string;
  /** Whose container it is; Docker's where nothing is said. */
  readonly engine?: ContainerProgram;
  /** HOST expression of what it runs on; a container's engine is asked where nothing is said. */
  readonly on?: string;
  /** Seconds; until the last process ends where nothing is said. */
  readonly time?: number;
  /** Ends watching. */
  readonly signal?: AbortSignal;
  /** Called once nothing is missed any more: how many threads there are. */
  onReady?(threads: number): void;
}

interface Target {
  readonly pid: number;
  readonly threads: readonly number[];
  readonly host?: string;
}

/** Watches by the kernel's tracepoints which calls a running program is refused, and by whom; nothing is stopped. */
export async function watch(options: WatchOptions): Promise<Result<WatchDocument>> {
  const target = await targetOf(options);
  if (!target.ok) return target;
  const { pid, threads, host: expression } = target.value;
  const machine = runningMachine();
  if (!machine.ok) return machine;
  const named = options.on ?? expression;
  const host = named === undefined ? undefined : await openHost(named);
  if (host && !host.ok) return host;

  const commands = new Map(threads.map((tid) => [tid, commandOf(tid)]));
  const begun = process.hrtime.bigint();
  const watching = await watchKernel(threads);
  if (!watching.ok) return watching;
  options.onReady?.(threads.length);
  const ended = await endOf(watching.value.over, options);
  const records = await watching.value.stop();
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  return ok({
    schema: 'trace-build/watch@1',
    pid,
    ...(options.container === undefined ? {} : { container: options.container }),
    threads: threads.length,
    ...(host ? { host: host.value.identity } : {}),
    ended,
    seconds: Math.round(seconds * 1000) / 1000,
    kernel: kernelEventsOf(records),
    denials: denialsIn(records, host?.value, {
      arch: machine.value.arch,
      command: (tid) => commands.get(tid),
    }),
  });
}

function denialsIn(
  records: KernelRecords,
  host: HostModel | undefined,
  by: Parameters<typeof watchedTrace>[1],
): WatchDocument['denials'] {
  const { trace, witness } = watchedTrace(records, {
    ...by,
    ...(host ? { tested: testedArguments([host]) } : {}),
  });
  return denialsOf(trace, host, { witness });
}

async function endOf(over: Promise<void>, { time, signal }: WatchOptions): Promise<WatchDocument['ended']> {
  const limit = new AbortController();
  const waits: Promise<WatchDocument['ended']>[] = [over.then(() => 'exited' as const)];
  if (time !== undefined) {
    waits.push(
      sleep(time * 1000, undefined, { signal: limit.signal }).then(
        () => 'timeout' as const,
        () => 'timeout' as const,
      ),
    );
  }
  if (signal) {
    waits.push(
      new Promise((settle) => {
        if (signal.aborted) settle('stopped');
        signal.addEventListener('abort', () => settle('stopped'), { once: true });
      }),
    );
  }
  const ended = await Promise.race(waits);
  limit.abort();
  return ended;
}

async function targetOf({ pid, container, engine = 'docker' }: WatchOptions): Promise<Result<Target>> {
  if ((pid === undefined) === (container === undefined)) {
    return fail('usage', 'name what to watch: --pid N or --container NAME');
  }
  if (pid !== undefined) {
    if (commandOf(pid) === undefined) return fail('usage', `there is no process ${pid}`);
    return ok({ pid, threads: threadsOf(pid) });
  }
  const [{ ContainerCli }, { pidOf }, { serverHost }] = await Promise.all([
    import('../io/engines/container/containerCli.ts'),
    import('../io/engines/container/containerState.ts'),
    import('../io/engines/container/serverHost.ts'),
  ]);
  const cli = new ContainerCli(engine, undefined);
  const server = await cli.server();
  if (!server.ok) return server;
  const first = await pidOf(cli, container!);
  if (first === undefined) return fail('usage', `${engine} has no running container ${container}`);
  if (commandOf(first) === undefined) {
    return fail('missing', `${container} runs on another machine`, { hint: 'watch it there' });
  }
  return ok({ pid: first, threads: threadsBeside(first), host: await serverHost(server.value) });
}
