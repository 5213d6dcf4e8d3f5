import { resolve } from 'node:path';
import type { Io } from '../../commands/ports.ts';
import type { CommandModule, Done } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';
import { FORCE } from '../options/force.ts';
import { addRedactionOptions, EXPOSED, type RedactionFlags } from '../options/redactionOptions.ts';

interface Flags extends RedactionFlags {
  readonly output?: string;
  readonly force?: boolean;
}

export const define: CommandModule['define'] = (command, { io, action }) => {
  addExamples(command, [
    ['trace-build redact build.strace -o safe.strace.gz', 'a trace that may be attached to an issue'],
    ['trace-build redact --paths hash build.strace', 'no path but those of the system'],
    ['trace-build redact --strict build.strace', 'nothing but what verdicts hang on'],
    ['strace -f -o /dev/stdout make | trace-build redact -', 'from standard input'],
  ]);
  addRedactionOptions(command)
    .argument('<trace>', 'trace (plain, gzip, zstd), or - for standard input')
    .option(
      '-o, --output <file>',
      'where to write it, compressed when it ends in .gz (default: standard output)',
    )
    .option('--force', FORCE)
    .action(action(async (trace: string, flags: Flags) => redact(trace, flags, io)));
};

async function redact(trace: string, flags: Flags, io: Io): Promise<Done> {
  const { redact: redacted } = await import('../../commands/redact.ts');
  if (!flags.redact) io.err(`trace-build: ${EXPOSED}\n`);
  const { output, ...options } = flags;
  const done = await redacted(trace, {
    ...options,
    ...(output === undefined || output === '-' ? {} : { output: resolve(io.cwd, output) }),
    cwd: io.cwd,
    out: io.out,
  });
  if (!done.ok) return done.failure;
  if (done.value !== undefined) {
    io.err(`trace-build: ${done.value}; what could be read of it is redacted\n`);
  }
  return EXIT.none;
}
