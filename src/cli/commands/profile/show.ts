import { printDocument } from '../../../render/json.ts';
import type { CommandModule } from '../../binding.ts';
import { addExamples } from '../../examples.ts';
import { EXIT } from '../../exit.ts';

interface Options {
  readonly arch?: string;
  readonly on?: string;
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
      action(async (word: string, { arch, on, json }: Options) => {
        const { openSource } = await import('../../../commands/profileSource.ts');
        const source = await openSource(word, {
          ...(arch === undefined ? {} : { arch }),
          ...(on === undefined ? {} : { on }),
        });
        if (!source.ok) return source.failure;
        if (source.value.kind === 'filters') {
          return {
            kind: 'usage',
            what: 'this is a compiled filter: its names are gone',
            where: { file: word },
            hint: `read it with: trace-build profile disasm ${word}`,
          };
        }
        const { host } = source.value;
        const { renderShow, showDocument } = await import('../../../render/text/profile.ts');
        io.out(json ? printDocument(showDocument(host)) : renderShow(host, io.columns));
        return EXIT.none;
      }),
    );
  addExamples(command, [
    ['trace-build profile show docker@24.0.9', 'a default profile on this architecture'],
    ['trace-build profile show my.json --on podman@4.3.1', 'a profile as Podman and crun load it'],
  ]);
};
