import { resolve } from 'node:path';
import type { Io } from '../../commands/ports.ts';
import { addRedactionOptions, EXPOSED, type RedactionFlags } from '../../commands/redaction.ts';
import type { CommandModule, Done } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';
import { FORCE } from '../options/force.ts';

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
  const { writeRedacted } = await import('../../io/traces/redactFile.ts');
  if (!flags.redact) io.err(`trace-build: ${EXPOSED}\n`);
  const output =
    flags.output === undefined || flags.output === '-' ? undefined : resolve(io.cwd, flags.output);
  const done = await writeRedacted(trace, output, {
    plain: !flags.redact,
    paths: flags.paths,
    strict: flags.strict ?? false,
    cwd: io.cwd,
    salt: flags.salt,
    out: io.out,
    force: flags.force ?? false,
  });
  if (!done.ok) return done.failure;
  if (done.value !== undefined) {
    io.err(`trace-build: ${done.value}; what could be read of it is redacted\n`);
  }
  return EXIT.none;
}
