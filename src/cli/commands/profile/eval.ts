import type { ProfileEvalOptions } from '../../../commands/profileEval.ts';
import type { CommandModule } from '../../binding.ts';
import { addExamples } from '../../examples.ts';
import { EXIT } from '../../exit.ts';

interface Flags extends ProfileEvalOptions {
  readonly json?: boolean;
}

export const defineEval: CommandModule['define'] = (command, { io, action }) => {
  command
    .description('what a filter, profile or host answers to a call')
    .argument(
      '<file|host>',
      'raw filter, strace -v text, JSON profile, or host (its filter alone, not its kernel)',
    )
    .argument(
      '<syscall>',
      "name or number; '-' reads calls from standard input, a line each: ARCH NR [ARG...]",
    )
    .argument('[args...]', 'up to six arguments, decimal or hex; those left out are zero')
    .option('--arch <arch>', "the call's architecture (default: the host's own, or this machine's)")
    .option('--json', 'one JSON document (schema trace-build/profile-eval@1)')
    .action(
      action(async (word: string, syscall: string, args: string[], options: Flags) => {
        const { evalLines, evalProfile } = await import('../../../commands/profileEval.ts');
        if (syscall === '-') {
          const { standardInput, writeOut } = await import('../../../io/process/standardStreams.ts');
          const done = await evalLines(word, options, standardInput(), writeOut);
          return done.ok ? EXIT.none : done.failure;
        }
        const done = await evalProfile(word, syscall, args, options);
        if (!done.ok) return done.failure;
        const { renderEval } = await import('../../../render/text/profile.ts');
        io.out(options.json ? `${JSON.stringify(done.value)}\n` : renderEval(done.value));
        return EXIT.none;
      }),
    );
  addExamples(command, [
    ['trace-build profile eval docker@20.10.5 --arch x86_64 clone3 --json', 'as the engine loads it'],
    ["printf 'x86_64 435\\n' | trace-build profile eval out.bpf -", 'many calls at once'],
  ]);
};
