import { InvalidArgumentError, Option } from 'commander';
import type { WatchOptions } from '../../commands/watch.ts';
import { isFinding } from '../../core/documents/severity.ts';
import { printDocument } from '../../render/json.ts';
import type { CommandModule } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';
import { seconds } from '../options/engineOptions.ts';

interface Flags extends Pick<WatchOptions, 'pid' | 'container' | 'engine' | 'on' | 'time'> {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const NOTES = `
It looks by the kernel's tracepoints: nothing is traced, stopped or started
again. It takes root or CAP_PERFMON. A call that kills its process is not
seen: the kernel's log says that (trace-build why). Ctrl-C ends watching.

Exit status: 0 a filter refused nothing, 1 it did, 2 usage error, 3 not decided.`;

function number(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('a process has a number.');
  return Number(text);
}

export const define: CommandModule['define'] = (command, { io, action }) => {
  addExamples(command, [
    ['trace-build watch --pid 4242', 'what a running process, and what it starts, is refused'],
    ['trace-build watch --container web --time 5m', 'what everything in a container is refused'],
    ['trace-build watch --pid 4242 --on docker@24.0.9 --json', 'held against the model of that host'],
  ]);
  command
    .option('--pid <number>', 'a process of this machine, with all that it started', number)
    .option('--container <name>', 'a container that runs on this machine')
    .addOption(new Option('--engine <name>', 'whose container it is').choices(['docker', 'podman']))
    .option('--on <host>', 'what it runs on (default: the engine of the container)')
    .option('--time <time>', 'end after 90, 90s, 15m, 2h (default: when the last process has ended)', seconds)
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'no remarks on standard error')
    .addHelpText('after', NOTES)
    .action(
      action(async ({ json, quiet, ...flags }: Flags) => {
        const [{ watch }, { renderWatch }] = await Promise.all([
          import('../../commands/watch.ts'),
          import('../../render/text/watch.ts'),
        ]);
        const stop = new AbortController();
        const onSignal = (): void => stop.abort();
        process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
        const done = await watch({
          ...flags,
          signal: stop.signal,
          onReady: (threads) => {
            if (!quiet)
              io.err(
                `trace-build: watching ${threads} ${threads === 1 ? 'thread' : 'threads'}; Ctrl-C ends it\n`,
              );
          },
        });
        process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
        if (!done.ok) return done.failure;
        if (json) io.out(printDocument(done.value));
        else io.print(renderWatch(done.value, io.columns));
        const { denials } = done.value;
        return denials.some((one) => one.refusedBy === 'filter' || isFinding(one))
          ? EXIT.findings
          : EXIT.none;
      }),
    );
};
