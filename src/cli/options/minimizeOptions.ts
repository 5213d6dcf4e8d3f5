import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_RUNS } from '../../commands/minimizeDefaults.ts';
import type { Budget } from '../../commands/minimizeFlags.ts';
import { FORCE } from './force.ts';
import { VERBOSE } from './verbose.ts';

function budget(text: string): Budget {
  const match = /^(\d+)(s|m|h)?$/.exec(text);
  if (!match || Number(match[1]) === 0)
    throw new InvalidArgumentError('write a number of runs (40) or a time (90s, 10m, 2h).');
  if (match[2] === undefined) return { runs: Number(match[1]) };
  return {
    runs: 1_000_000,
    seconds: Number(match[1]) * { s: 1, m: 60, h: 3600 }[match[2] as 's' | 'm' | 'h'],
  };
}

function count(least: number) {
  return (text: string): number => {
    if (!/^\d+$/.test(text) || Number(text) < least)
      throw new InvalidArgumentError(`write a number of at least ${least}.`);
    return Number(text);
  };
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(/^\/(.*)\/$/.exec(text)?.[1] ?? text, 'm');
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function ready(text: string): string {
  if (/^\d+$/.test(text)) {
    const port = Number(text);
    if (port < 1 || port > 65_535) throw new InvalidArgumentError('a port is a number from 1 to 65535.');
  } else if (!text.startsWith('cmd:')) pattern(text);
  return text;
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** The options of `minimize` besides those that choose host and engine. */
export function addMinimizeOptions(command: Command): Command {
  return command
    .option(
      '--test <command>',
      'what decides instead of the command: run by /bin/sh after it, in the same place; with --ready, while it is up',
    )
    .option('--expect-output <regex>', 'a pass must print this', pattern)
    .option('--reject-output <regex>', 'a pass must not print this', pattern)
    .option(
      '--ready <when>',
      'for servers: a pattern in the output, a TCP port, or cmd:COMMAND (in a container: beside it); then it is stopped in order',
      ready,
    )
    .addOption(
      new Option('--budget <runs|time>', 'at most so many experiments (40), or so long (10m)')
        .argParser(budget)
        .default({ runs: DEFAULT_RUNS, usual: true } satisfies Budget, String(DEFAULT_RUNS)),
    )
    .option(
      '--aim <guarantee>',
      'smallest, as far as the budget allows, or 1-minimal',
      (text) => {
        if (text !== 'smallest' && text !== '1-minimal')
          throw new InvalidArgumentError('write smallest or 1-minimal.');
        return text;
      },
      'smallest' as const,
    )
    .option('--quick-proof', 'do not run a removal that a traced run with the same answers has shown already')
    .option(
      '--confirm <times>',
      'how often the result must pass (default: as often as the command ran without a filter, up to 59 times if that is quick)',
      count(1),
    )
    .option(
      '--repeat <times>',
      'executions per experiment, voted (default: 1, or 5 when the command is flaky)',
      count(1),
    )
    .option('--retries <times>', 'further tries after a time-out, a dead daemon, a full disk', count(0), 1)
    .option('--jobs <number>', 'executions at the same time', count(1), 1)
    .option(
      '--clear <path>',
      'empty this folder of the working tree before each run; repeatable',
      collect,
      [],
    )
    .option('--no-snapshot', 'run in the working tree itself instead of in fresh copies')
    .option('--no-trace', 'experiments without strace: faster, but more of them')
    .option('--resume', 'go on where an interrupted session of the same question ended')
    .option('--allowlist', 'a whole allowlist of what the command and its runtime use, instead of a change')
    .option(
      '--merge <trace>',
      'one allowlist from recorded traces: this one and those that follow the options',
      collect,
    )
    .option('-o, --output <file>', 'where the profile goes (default: trace-build-seccomp.json)')
    .option('--force', FORCE)
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'no progress and no remarks on standard error')
    .option('--verbose', VERBOSE);
}
