import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { examplesOf } from '../../src/cli/examples.ts';
import { makeProgram } from '../../src/cli/program.ts';

const printed: string[] = [];
const io = {
  out: (text: string | Uint8Array) => void printed.push(String(text)),
  print: (text: string) => void printed.push(text),
  err: (text: string) => void printed.push(text),
  env: {},
  cwd: '/',
  columns: 80,
  outIsTerminal: false,
  errIsTerminal: false,
  colour: false,
};
const program = await makeProgram(COMMANDS, { io, action: () => async () => {} }, () => '1.2.3');
const commands = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(commands)];

test.each(commands(program).map((command) => [command.name(), command] as const))(
  '%s --help fits 80 columns and shows examples first',
  (_, command) => {
    printed.length = 0;
    command.outputHelp();
    const text = printed.join('');
    // A command line that is shown stays whole, for copying.
    const long = text.split('\n').filter((line) => line.length > 80 && !/^ {2}.*trace-build /.test(line));
    expect(long).toEqual([]);
    if (examplesOf(command).length > 0) expect(text).toMatch(/^Examples:\n/);
  },
);
