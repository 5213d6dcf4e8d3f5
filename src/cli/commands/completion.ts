import { Argument } from 'commander';
import type { CommandModule } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { completionScript, SHELLS, type Shell } from '../reference/completion.ts';
import { referenceOf } from '../reference/tree.ts';

export const define: CommandModule['define'] = (command, { io, action }) => {
  addExamples(command, [
    ['eval "$(trace-build completion bash)"', 'in ~/.bashrc'],
    ['eval "$(trace-build completion zsh)"', 'in ~/.zshrc, after compinit'],
    ['trace-build completion fish | source', 'in config.fish'],
  ])
    .addArgument(new Argument('<shell>', 'the shell to complete for').choices(SHELLS))
    .action(
      action(async (shell: Shell) => {
        const { knownHosts } = await import('../../core/hosts/known.ts');
        const { syscallNames } = await import('../../core/linux/numbers.ts');
        const hosts = await knownHosts({ kernels: true });
        io.out(
          completionScript(referenceOf(command.parent ?? command), shell, {
            hosts,
            syscalls: syscallNames(),
          }),
        );
        return 0;
      }),
    );
};
