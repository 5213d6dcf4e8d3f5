import type { CommandModule } from '../commands.ts';

export const define: CommandModule['define'] = (command, { action }) => {
  command.argument('<command...>').action(action(async () => 0));
};
