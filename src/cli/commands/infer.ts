import { printDocument } from '../../render/json.ts';
import type { CommandModule } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';

interface InferOptions {
  readonly among?: readonly string[];
  readonly arch?: string;
  readonly json?: boolean;
}

export const define: CommandModule['define'] = (command, { io, action }) => {
  addExamples(command, [
    ['trace-build infer ci-failure.strace', 'which hosts could have made this trace'],
    ['trace-build infer ci-failure.strace --among docker@20.10.5 --among podman@4.3.1', 'of these two'],
  ]);
  command
    .argument('[trace...]', 'strace text of one host: files (plain, .gz, .zst), - or a folder')
    .option('--among <host...>', 'ask only these hosts instead of every known one')
    .option('--arch <arch>', 'architecture of the machine that was traced, where the trace does not tell')
    .option('--json', 'print one JSON document')
    .action(
      action(async (paths: readonly string[], options: InferOptions) => {
        const { infer } = await import('../../commands/infer.ts');
        const done = await infer(paths, options.among ?? [], options.arch);
        if (!done.ok) return done.failure;
        const { document, text, decided } = done.value;
        io.out(options.json ? printDocument(document) : text(io.columns));
        return decided ? EXIT.none : EXIT.undecided;
      }),
    );
};
