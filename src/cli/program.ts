import { Command, CommanderError, Help } from 'commander';
import type { Io } from '../commands/ports.ts';
import { distance } from '../core/hosts/words.ts';
import type { Binding, Done } from './binding.ts';
import { COMMANDS } from './commands.ts';
import { addExamples } from './examples.ts';
import { EXIT, type ExitStatus, exitStatusOf, type SignalDeath, wordsOf } from './exit.ts';

/** What `word` was meant to be: of a short word only one letter may be wrong, of a longer one two. */
function nearest(word: string, names: readonly string[]): string | undefined {
  const [best] = names.map((name) => ({ name, far: distance(word, name) })).sort((a, b) => a.far - b.far);
  return best && best.far <= Math.min(2, Math.floor(word.length / 3)) ? best.name : undefined;
}

/** The whole command line: what is not a subcommand's name before `--` belongs to `run`. */
export async function runProgram(
  argv: readonly string[],
  io: Io,
  version: () => string,
): Promise<ExitStatus | SignalDeath> {
  let status: ExitStatus | SignalDeath = EXIT.none;
  const binding: Binding = {
    io,
    ...(argv.includes('--') ? { behindDashes: argv.slice(argv.indexOf('--') + 1) } : {}),
    action:
      (run) =>
      async (...args) => {
        const done: Done = await run(...args);
        if (typeof done === 'number' || 'exitSignal' in done) status = done;
        else {
          io.err(wordsOf(done));
          status = exitStatusOf(done);
        }
      },
  };
  const [first] = argv;
  const named = COMMANDS.find(({ name }) => name === first);
  const wantsHelp = first === undefined || first === 'help' || first === '--help' || first === '-h';
  const word = first === 'help' ? argv[1] : first;
  if (
    word !== undefined &&
    word !== 'help' &&
    !word.startsWith('-') &&
    !COMMANDS.some(({ name }) => name === word)
  ) {
    const meant = nearest(
      word,
      COMMANDS.map(({ name }) => name),
    );
    const hint =
      first === 'help'
        ? 'see: trace-build --help'
        : `to trace a program of that name write: trace-build -- ${argv.join(' ')}`;
    io.err(`trace-build: unknown command '${word}'${meant ? `; did you mean '${meant}'?` : ''}\n  ${hint}\n`);
    return EXIT.wrongUse;
  }

  const program = await makeProgram(
    wantsHelp || named?.whole ? COMMANDS : [named ?? COMMANDS[0]!],
    binding,
    version,
  );
  if (first === undefined) {
    io.err(program.helpInformation());
    return EXIT.wrongUse;
  }
  try {
    await program.parseAsync([...(named || wantsHelp ? [] : ['run']), ...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.none : EXIT.wrongUse;
  }
  return status;
}

/** The command tree that parsing, `--help`, the man page and the completions share. */
export async function makeProgram(
  entries: typeof COMMANDS,
  binding: Binding,
  version: () => string,
): Promise<Command> {
  const { io } = binding;
  const program = new Command('trace-build')
    .description('Which syscalls was this build refused, why, and what is the smallest fix.')
    .version(version(), '-V, --version')
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for the options)')
    .showSuggestionAfterError(false)
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      outputError: (words, write) => write(withMeant(words, program)),
      getOutHelpWidth: () => io.columns,
      getErrHelpWidth: () => io.columns,
    })
    .configureHelp({
      minWidthToWrap: 20,
      // Options that may be repeated start from nothing; that needs no words.
      optionDescription: (option) =>
        Help.prototype.optionDescription.call(new Help(), option).replace(/ ?\(default: \[\]\)/, ''),
    })
    .exitOverride();
  addExamples(program, [
    ['trace-build -- make', 'trace a build on this machine'],
    ['trace-build run --on docker@20.10.5 -- make', 'the same as that Docker would run it'],
    ['trace-build replay build.strace --against all', 'which hosts would refuse a recorded trace'],
    ['trace-build minimize --on docker@20.10.5 -- make', 'the smallest fix, proven'],
    ['trace-build report build.strace --format markdown', 'a report for an issue, redacted'],
  ]);
  for (const { name, summary, load } of entries) {
    const command = program.command(name).description(summary).copyInheritedSettings(program).exitOverride();
    (await load()).define(command, binding);
    refuseTwice(command);
  }
  return program;
}

/** What commander says, with the option that a mistyped one may have been. */
function withMeant(words: string, program: Command): string {
  const said = words.replace(/^error: /, 'trace-build: ');
  const option = /unknown option '(--[^'=]+)/.exec(said)?.[1];
  if (option === undefined) return said;
  const known = [program, ...program.commands].flatMap(({ options }) =>
    options.flatMap(({ long }) => long ?? []),
  );
  const meant = nearest(option, [...new Set(['--help', ...known])]);
  return meant === undefined ? said : said.replace(/'\n/, `'; did you mean ${meant}?\n`);
}

/** An option of one value that is given twice is a mistake: which of them counts is nothing to guess. */
function refuseTwice(command: Command): void {
  for (const option of command.options) {
    if (!(option.required || option.optional) || option.variadic) continue;
    let given = 0;
    command.on(`option:${option.name()}`, (value: string | null) => {
      given++;
      // A list collects its values.
      if (given > 1 && !Array.isArray(command.getOptionValue(option.attributeName()))) {
        command.error(
          `error: ${option.long ?? option.short} is given twice, again as '${value}': give it once`,
        );
      }
    });
  }
  for (const inner of command.commands) refuseTwice(inner);
}
