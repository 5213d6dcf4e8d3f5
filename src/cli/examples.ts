import type { Command } from 'commander';

/** A command line and what it is for. */
export type Example = readonly [line: string, what: string];

const kept = new WeakMap<Command, readonly Example[]>();

/** Examples stand first in `--help`, and in the man page. */
export function addExamples(command: Command, examples: readonly Example[]): Command {
  kept.set(command, examples);
  const width = Math.max(...examples.map(([line]) => line.length));
  const wide = examples.every(([, what]) => width + what.length <= 76);
  const lines = examples.map(([line, what]) =>
    wide ? `  ${line.padEnd(width)}  ${what}` : `  # ${what}\n  ${line}`,
  );
  return command.addHelpText('before', `Examples:\n${lines.join('\n')}\n`);
}

/** The examples that were given to a command; none is no error. */
export function examplesOf(command: Command): readonly Example[] {
  return kept.get(command) ?? [];
}
