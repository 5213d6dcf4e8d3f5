import type { ProfileShowOptions } from '../../../commands/profileShow.ts';
import { printDocument } from '../../../render/json.ts';
import type { CommandModule } from '../../binding.ts';
import { addExamples } from '../../examples.ts';
import { EXIT } from '../../exit.ts';

interface Flags extends ProfileShowOptions {
  readonly json?: boolean;
}

export const defineShow: CommandModule['define'] = (command, { io, action }) => {
  command
    .description('a profile as a host loads it: names by action, with conditions')
    .argument('<host|file>', 'host, or JSON profile')
    .option('--on <host>', 'with a file: the engine that loads it (default: the newest Docker)')
    .option('--arch <arch>', "architecture of the host (default: this machine's)")
    .option('--json', 'one JSON document (schema trace-build/profile-show@1)')
    .action(
      action(async (word: string, { json, ...options }: Flags) => {
        const [{ showProfile }, { renderShow }] = await Promise.all([
          import('../../../commands/profileShow.ts'),
          import('../../../render/text/profile.ts'),
        ]);
        const done = await showProfile(word, options);
        if (!done.ok) return done.failure;
        if (json) io.out(printDocument(done.value));
        else io.print(renderShow(done.value, io.columns));
        return EXIT.none;
      }),
    );
  addExamples(command, [
    ['trace-build profile show docker@24.0.9', 'a default profile on this architecture'],
    ['trace-build profile show my.json --on podman@4.3.1', 'a profile as Podman and crun load it'],
  ]);
};
