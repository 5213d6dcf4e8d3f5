import { printDocument } from '../../render/json.ts';
import type { CommandModule } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';

export const define: CommandModule['define'] = (command, { io, action }) => {
  addExamples(command, [
    ['trace-build doctor', 'what works here, what is missing, and the command that adds it'],
    ['trace-build doctor --json', 'the same for other programs'],
  ]);
  command.option('--json', 'one JSON document (schema trace-build/doctor@1)').action(
    action(async (options: { json?: boolean }) => {
      const { doctor } = await import('../../commands/doctor.ts');
      const result = await doctor();
      if (options.json) io.out(printDocument(result));
      else {
        const { renderDoctor } = await import('../../render/doctor.ts');
        io.print(renderDoctor(result, io.columns));
      }
      return result.engine === null ? EXIT.undecided : EXIT.none;
    }),
  );
};
