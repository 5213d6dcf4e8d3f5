import { printDocument } from '../../../render/json.ts';
import type { CommandModule } from '../../binding.ts';
import { addExamples } from '../../examples.ts';
import { EXIT } from '../../exit.ts';

interface Options {
  readonly arch?: string;
  readonly json?: boolean;
}

export const defineDiff: CommandModule['define'] = (command, { io, action }) => {
  command
    .description('which syscalls two filters, profiles or hosts answer differently; exit status 1 when any')
    .argument('<a>', 'raw filter, strace -v text, JSON profile, or host')
    .argument('<b>', 'the other')
    .option('--arch <arch>', "architecture of hosts that do not name one (default: this machine's)")
    .option('--json', 'one JSON document (schema trace-build/profile-diff@1)')
    .action(
      action(async (first: string, second: string, options: Options) => {
        const [{ diffProfiles }, { renderDiff }] = await Promise.all([
          import('../../../commands/profileDiff.ts'),
          import('../../../render/text/profile.ts'),
        ]);
        const done = await diffProfiles(first, second, options);
        if (!done.ok) return done.failure;
        if (options.json) io.out(printDocument(done.value));
        else io.print(renderDiff(done.value));
        return done.value.differences.length === 0 ? EXIT.none : EXIT.findings;
      }),
    );
  addExamples(command, [
    ['trace-build profile diff docker@24.0.9 docker@25.0.3', 'what an upgrade changes'],
    ['trace-build profile diff my.json docker', 'how far a profile is from the default'],
  ]);
};
