import type { Io } from '../../commands/ports.ts';
import { printDocument } from '../../render/json.ts';
import type { CommandModule, Done } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';

interface Options {
  readonly on?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export const define: CommandModule['define'] = (command, { io, action }) => {
  command
    .argument('[log|message...]', 'a log file (plain, .gz, .zst), - for standard input, or a message itself')
    .option('--on <host>', 'where the log is from, in place of what it says itself')
    .option('--verbose', 'all candidates, with everything that is known of each')
    .option('--json', 'print one JSON document (schema trace-build/why@1)')
    .action(action((words: readonly string[], options: Options) => why(words, options, io)));
  addExamples(command, [
    ['trace-build why build.log', 'what in this log points to a refused syscall'],
    ["trace-build why 'make: /bin/sh: Operation not permitted'", 'one message'],
    ['docker logs web 2>&1 | trace-build why -', 'from standard input'],
  ]);
};

async function why(words: readonly string[], options: Options, io: Io): Promise<Done> {
  const { whyLog } = await import('../../commands/whyLog.ts');
  const done = await whyLog(words, options, { log: (text) => io.err(`trace-build: ${text}\n`) });
  if (!done.ok) return done.failure;
  const document = done.value;
  if (options.json) io.out(printDocument(document));
  else {
    const { renderWhy } = await import('../../render/text/why.ts');
    io.print(renderWhy(document, io.columns, options.verbose === true));
  }
  switch (document.conclusion) {
    case 'refused':
      return EXIT.findings;
    case 'perhaps':
      return EXIT.undecided;
    case 'other-cause':
    case 'nothing':
      return EXIT.none;
  }
}
