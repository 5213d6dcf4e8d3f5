import type { InferOptions } from '../../commands/infer.ts';
import { printDocument } from '../../render/json.ts';
import type { CommandModule } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';

interface Flags extends InferOptions {
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
      action(async (paths: readonly string[], { json, ...options }: Flags) => {
        const [{ infer }, { renderInfer }] = await Promise.all([
          import('../../commands/infer.ts'),
          import('../../render/text/infer.ts'),
        ]);
        const done = await infer(paths, options);
        if (!done.ok) return done.failure;
        if (json) io.out(printDocument(done.value));
        else io.print(renderInfer(done.value, io.columns));
        return done.value.groups[0]?.fit === 'possible' ? EXIT.none : EXIT.undecided;
      }),
    );
};
