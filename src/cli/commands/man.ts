import type { CommandModule } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { manPage } from '../reference/man.ts';
import { referenceOf } from '../reference/tree.ts';

export const define: CommandModule['define'] = (command, { io, action }) => {
  addExamples(command, [
    ['trace-build man | man -l -', 'read it'],
    ['trace-build man > trace-build.1', 'keep it, to be installed in share/man/man1'],
  ]).action(
    action(async () => {
      const program = command.parent ?? command;
      io.out(manPage(referenceOf(program), program.version() ?? ''));
      return 0;
    }),
  );
};
