import type { CommandModule } from '../../binding.ts';
import { addExamples } from '../../examples.ts';
import { EXIT } from '../../exit.ts';

export const defineDisasm: CommandModule['define'] = (command, { io, action }) => {
  command
    .description('a filter as readable text')
    .argument('<file>', 'raw filter, or the output of strace -v of a program that loads one')
    .action(
      action(async (path: string) => {
        const [{ readFilterFile }, { disassemble }, { syscallName }] = await Promise.all([
          import('../../../io/files/filterFile.ts'),
          import('../../../core/seccomp/filter/disassemble.ts'),
          import('../../../core/linux/numbers.ts'),
        ]);
        const file = await readFilterFile(path);
        if (!file.ok) return file.failure;
        if (file.value.kind === 'profile') {
          return {
            kind: 'usage',
            what: 'this is a profile, not a filter',
            where: { file: path },
            hint: `compile it first: trace-build profile compile ${path} -o out.bpf`,
          };
        }
        const { programs } = file.value;
        programs.forEach((program, i) => {
          if (programs.length > 1)
            io.out(
              `${i > 0 ? '\n' : ''}# filter ${i + 1} of ${programs.length}, in the order they were loaded\n`,
            );
          io.out(disassemble(program, syscallName));
        });
        return EXIT.none;
      }),
    );
  addExamples(command, [
    ['strace -f -v -s 0 -e trace=prctl,seccomp -o log runc run c', 'record what a container loads'],
    ['trace-build profile disasm log', 'and read it'],
  ]);
};
