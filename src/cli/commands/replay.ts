import { printDocument } from '../../render/json.ts';
import type { CommandModule } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';
import { VERBOSE } from '../options/verbose.ts';

interface ReplayOptions {
  readonly against?: readonly string[];
  readonly arch?: string;
  readonly onlyDenied?: boolean;
  readonly byTrace?: boolean;
  readonly json?: boolean;
  readonly ndjson?: boolean;
  readonly verbose?: boolean;
}

export const define: CommandModule['define'] = (command, { io, action }) => {
  addExamples(command, [
    ['strace -f -o build.strace make', 'record a trace without this program'],
    [
      'trace-build replay build.strace --against docker@20.10.5 --against docker@24.0.9',
      'check it against two hosts',
    ],
    ['trace-build replay traces/ --against all', 'a folder of traces, every known host'],
    [
      'trace-build replay traces/ --by-trace --against docker@20.10.5 spec-proposal',
      'which programs break on which of them',
    ],
    [
      'zcat build.strace.gz | trace-build replay - --against podman@4.3.1,arch=arm --json',
      'from standard input',
    ],
  ]);
  command
    .argument('[trace...]', 'strace text: a file (plain, .gz, .zst), - for standard input, or a folder')
    .option(
      '--against <host...>',
      'the hosts to check against, such as docker@20.10.5; all for every known one',
    )
    .option('--arch <arch>', 'architecture of the machine that was traced, where the trace does not tell')
    .option('--only-denied', 'only the traces that hold a denial already, found by ripgrep')
    .option('--by-trace', 'a row for each trace: which programs break on which host')
    .option('--json', 'print one JSON document')
    .option('--ndjson', 'print one JSON object a line for each refusal on each host (docs/exports.md)')
    .option('--verbose', VERBOSE)
    .action(
      action(async (paths: readonly string[], options: ReplayOptions) => {
        const { replayed } = await import('../../commands/replay.ts');
        const done = await replayed(paths, options, {
          log: (text) => io.err(`trace-build: ${text}\n`),
        });
        if (!done.ok) return done.failure;
        const { document, text, matters } = done.value;
        if (options.json) io.out(printDocument(document));
        else if (options.ndjson) io.out((await import('../../render/exports/ndjson.ts')).ndjson(document));
        else {
          const look = { verbose: options.verbose === true, columns: io.columns, colour: io.colour };
          io.print(await text(look));
        }
        return matters ? EXIT.findings : EXIT.none;
      }),
    );
};
