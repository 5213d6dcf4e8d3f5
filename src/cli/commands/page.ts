import { resolve } from 'node:path';
import type { Io } from '../../commands/ports.ts';
import type { CommandModule, Done } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';
import { FORCE } from '../options/force.ts';

interface Flags {
  readonly output?: string;
  readonly force?: boolean;
}

export const define: CommandModule['define'] = (command, { io, action }) => {
  addExamples(command, [
    ['trace-build page', 'open it in a browser'],
    ['trace-build page -o page.html', 'one file, to be put anywhere: nothing is uploaded'],
  ])
    .option('-o, --output <file>', 'write the page instead of opening it')
    .option('--force', FORCE)
    .action(action(async (flags: Flags) => page(flags, io)));
};

async function page(flags: Flags, io: Io): Promise<Done> {
  const { openInBrowser, pagePath, writePage } = await import('../../io/machine/page.ts');
  if (flags.output !== undefined) {
    const written = await writePage(resolve(io.cwd, flags.output), flags.force);
    return written.ok ? EXIT.none : written.failure;
  }
  const path = await pagePath();
  if (!path.ok) return path.failure;
  io.out(`${path.value}\n`);
  const opened = await openInBrowser(path.value);
  return opened.ok ? EXIT.none : opened.failure;
}
