import type { CommandModule } from '../../binding.ts';
import { addExamples } from '../../examples.ts';
import { EXIT } from '../../exit.ts';

export const defineDisasm: CommandModule['define'] = (command, { io, action }) => {
  command
    .description('a filter as readable text')
    .argument('<file>', 'raw filter, or the output of strace -v of a program that loads one')
    .action(
      action(async (path: string) => {
        const { disassembleFilters } = await import('../../../commands/profileDisasm.ts');
        const done = await disassembleFilters(path);
        if (!done.ok) return done.failure;
        const count = done.value.length;
        done.value.forEach((text, i) => {
          if (count > 1)
            io.out(`${i > 0 ? '\n' : ''}# filter ${i + 1} of ${count}, in the order they were loaded\n`);
          io.out(text);
        });
        return EXIT.none;
      }),
    );
  addExamples(command, [
    ['strace -f -v -s 0 -e trace=prctl,seccomp -o log runc run c', 'record what a container loads'],
    ['trace-build profile disasm log', 'and read it'],
  ]);
};
