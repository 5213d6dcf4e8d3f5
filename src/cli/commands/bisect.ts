import { printDocument } from '../../render/json.ts';
import type { CommandModule } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';

interface BisectOptions {
  readonly good: string;
  readonly bad: string;
  readonly arch?: string;
  readonly json?: boolean;
}

export const define: CommandModule['define'] = (command, { io, action }) => {
  addExamples(command, [
    [
      'trace-build bisect build.strace --good docker@20.10.24 --bad docker@20.10.5',
      'which version made the difference',
    ],
    [
      'trace-build bisect build.strace --good docker@24.0.9 --bad docker@24.0.9,arch=arm',
      'profile, runtime, libseccomp, kernel or architecture',
    ],
  ]);
  command
    .argument('[trace...]', 'strace text: files (plain, .gz, .zst), - or a folder')
    .requiredOption('--good <host>', 'host on which it works')
    .requiredOption('--bad <host>', 'host on which it fails')
    .option('--arch <arch>', 'architecture of the machine that was traced, where the trace does not tell')
    .option('--json', 'print one JSON document')
    .action(
      action(async (paths: readonly string[], { json, ...wishes }: BisectOptions) => {
        const { bisect } = await import('../../commands/bisect.ts');
        const done = await bisect(paths, wishes);
        if (!done.ok) return done.failure;
        if (json) io.out(printDocument(done.value));
        else {
          const { renderBisect } = await import('../../render/text/bisect.ts');
          io.print(renderBisect(done.value, io.columns));
        }
        return done.value.causes.length > 0 ? EXIT.none : EXIT.undecided;
      }),
    );
};
