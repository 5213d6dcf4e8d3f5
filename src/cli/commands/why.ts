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
  const [{ openLog }, { why: explain }, { openHost, surroundings }] = await Promise.all([
    import('../../io/files/logFile.ts'),
    import('../../commands/why.ts'),
    import('../../io/machine/hosts.ts'),
  ]);
  const host = options.on === undefined ? undefined : await openHost(options.on);
  if (host && !host.ok) return host.failure;
  const log = await openLog(words);
  if (!log.ok) return log.failure;
  const document = await explain(log.value, surroundings(), host ? { host: host.value } : {});
  const trouble = log.value.trouble();
  if (trouble !== undefined) io.err(`trace-build: ${trouble}; what could be read of it was used\n`);
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
