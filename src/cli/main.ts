#!/usr/bin/env node
import { readFileSync, writeSync } from 'node:fs';
import type { Io } from '../commands/ports.ts';
import { ascii, readsUnicode } from '../render/ascii.ts';

const version = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version;

/** What a machine may run out of at any moment. */
const MACHINE: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EFBIG: 'the file size limit (ulimit -f) is reached',
  ENOMEM: 'no memory left',
  EAGAIN: 'too many processes (ulimit -u)',
};

// The default action would end us without a word; with a handler the write fails with EFBIG.
if (process.platform !== 'win32') process.on('SIGXFSZ', () => undefined);

/** What a person is told of `error`; the stack is for those who ask for it. */
function sentence(error: unknown): string {
  // A defect of ours, never something the user did: one sentence, and how to tell us.
  const { message, stack, code } = (
    error instanceof Error ? error : new Error(String(error))
  ) as NodeJS.ErrnoException;
  if (code === 'EMFILE' || code === 'ENFILE') {
    return 'trace-build: too few files may be open at a time here for this\n  raise the limit, for example: ulimit -n 1024\n';
  }
  // Of the machine, not of ours: whichever file it was.
  const known = code === undefined ? undefined : MACHINE[code];
  if (known !== undefined) return `trace-build: ${known}: ${message.replace(/^\w+: [^,]*, /, '')}\n`;
  const more = process.env.TRACE_BUILD_DEBUG
    ? String(stack)
    : '  set TRACE_BUILD_DEBUG=1 to see where, and report it with that';
  return `trace-build: internal error: ${message}\n${more}\n`;
}

/** The last sentence, whatever happened to the streams. */
function end(status: number, words: string): never {
  try {
    writeSync(2, words);
  } catch {
    // Nobody listens.
  }
  process.exit(status);
}

// 141 is what a shell calls the death of a writer whose reader has gone (`| head`): no finding and no defect.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(141);
  const why = error.code === 'ENOSPC' ? 'no space left' : (error.code ?? error.message);
  end(2, `trace-build: standard output can't be written: ${why}\n`);
});
process.stderr.on('error', () => {});
process.on('uncaughtException', (error) => end(3, sentence(error)));

/** The working folder; there is none when somebody removed it. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return end(2, 'trace-build: the working folder is gone: change to another one\n');
  }
}

const argv = process.argv.slice(2);

/** The bundle of a command where the build made one (scripts/bundle.mjs), the modules themselves otherwise. */
async function loadProgram(word = 'help'): Promise<typeof import('./program.ts')> {
  // Help describes all commands.
  const command = /^(?:help|--help|-h)$/.test(word) ? undefined : /^[a-z]+$/.test(word) ? word : 'run';
  if (command !== undefined) {
    const { loadCompiled } = await import('../io/process/compiledCode.ts');
    const bundle = loadCompiled(new URL(`./bundles/${command}.cjs`, import.meta.url));
    if (bundle !== undefined) return bundle as typeof import('./program.ts');
  }
  return import('./program.ts');
}

async function main(): Promise<void> {
  const unicode = readsUnicode(process.env);
  const dumb = process.env.TERM === 'dumb';
  const io: Io = {
    out: (result) => void process.stdout.write(result),
    print: (text) => void process.stdout.write(unicode ? text : ascii(text)),
    err: (text) => void process.stderr.write(unicode ? text : ascii(text)),
    env: process.env,
    cwd: workingFolder(),
    columns: process.stdout.columns || process.stderr.columns || 80,
    outIsTerminal: process.stdout.isTTY === true,
    // A dumb terminal cannot draw a line again: progress is for others.
    errIsTerminal: process.stderr.isTTY === true && !dumb,
    colour: process.stdout.isTTY === true && !dumb && !process.env.NO_COLOR,
  };
  const { runProgram } = await loadProgram(argv[0]);
  const done = await runProgram(argv, io, version).catch((error: unknown) => {
    io.err(sentence(error));
    return 3;
  });
  if (typeof done === 'number') process.exitCode = done;
  // Whoever waits for us sees the same death as without us (a shell then stops its script, say).
  else process.once('exit', () => process.kill(process.pid, done.exitSignal));
}

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  // The fast way: nothing else is loaded.
  process.stdout.write(`${version()}\n`);
} else {
  void main();
}
