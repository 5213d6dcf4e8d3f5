#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import type { Io } from './io.ts';

const version = (): string =>
  (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version;

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  // The fast way: nothing else is loaded.
  process.stdout.write(`${version()}\n`);
} else {
  const io: Io = {
    out: (result) => void process.stdout.write(result),
    err: (text) => void process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    columns: process.stdout.columns || process.stderr.columns || 80,
    outIsTerminal: process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
    colour: process.stdout.isTTY === true && !process.env.NO_COLOR,
  };
  const { runProgram } = await import('./program.ts');
  const done = await runProgram(argv, io, version).catch((error: unknown) => {
    // A defect of ours, never something the user did: one sentence, and how to tell us.
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    io.err(`trace-build: internal error: ${message}\n`);
    if (process.env.TRACE_BUILD_DEBUG) io.err(`${stack}\n`);
    else io.err('  set TRACE_BUILD_DEBUG=1 to see where, and report it with that\n');
    return 3;
  });
  if (typeof done === 'number') process.exitCode = done;
  // Whoever waits for us sees the same death as without us (a shell then stops its script, say).
  else process.once('exit', () => process.kill(process.pid, done.exitSignal));
}
