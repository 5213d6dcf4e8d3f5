import type { CommandModule } from '../../binding.ts';
import { addExamples } from '../../examples.ts';
import { EXIT } from '../../exit.ts';
import { FORCE } from '../../options/force.ts';

interface Options {
  readonly on?: string;
  readonly arch?: string;
  readonly output?: string;
  readonly force?: boolean;
}

export const defineCompile: CommandModule['define'] = (command, { io, action }) => {
  command
    .description('compile to the raw filter that bwrap --seccomp takes')
    .argument('[file]', 'JSON profile')
    .option(
      '--on <host>',
      'with a file: the engine that loads it; alone: the host whose default profile to compile',
    )
    .option('--arch <arch>', "architecture of the host (default: this machine's)")
    .option('-o, --output <file>', 'where to write the filter; - for standard output')
    .option('--force', FORCE)
    .action(
      action(async (file: string | undefined, options: Options) => {
        const word = file ?? options.on;
        if (word === undefined) {
          return { kind: 'usage', what: 'nothing to compile', hint: 'give a profile, or --on HOST' };
        }
        if (options.output === undefined) {
          return { kind: 'usage', what: 'no place to write to', hint: 'add -o FILE' };
        }
        const { arch, on } = options;
        const { compileProfile } = await import('../../../commands/profileCompile.ts');
        const done = await compileProfile(word, {
          ...(arch === undefined ? {} : { arch }),
          ...(file === undefined || on === undefined ? {} : { on }),
        });
        if (!done.ok) return done.failure;
        const { bytes, instructions, host } = done.value;
        if (options.output === '-') io.out(bytes);
        else {
          const { writeOutput } = await import('../../../io/files/output.ts');
          const written = await writeOutput(options.output, bytes, {
            mode: 0o666,
            force: options.force ?? false,
          });
          if (!written.ok) return written.failure;
        }
        const assumed = host.assumed.length > 0 ? `, assumed: ${host.assumed.join(', ')}` : '';
        io.err(`${options.output}: ${instructions} instructions for ${host.arch}${assumed}\n`);
        for (const note of host.notes) io.err(`note: ${note}\n`);
        return EXIT.none;
      }),
    );
  addExamples(command, [
    ['trace-build profile compile --on docker@20.10.5 --arch x86_64 -o out.bpf', 'a default profile'],
    ['bwrap --dev-bind / / --seccomp 9 sh 9<out.bpf', 'a shell under that filter'],
  ]);
};
