import { PROFILE_FORMS, type ProfileConvertOptions } from '../../../commands/profileConvert.ts';
import type { CommandModule } from '../../binding.ts';
import { addExamples } from '../../examples.ts';
import { EXIT } from '../../exit.ts';

export const defineConvert: CommandModule['define'] = (command, { io, action }) => {
  command
    .description('a profile in another form; what that form cannot express is reported on standard error')
    .argument('<file>', 'the profile')
    .option('--from <form>', `one of ${PROFILE_FORMS.join(', ')} (default: by its content)`)
    .requiredOption('--to <form>', `one of ${PROFILE_FORMS.join(', ')}`)
    .option(
      '--arch <arch>',
      "for forms without conditions: decide them for this architecture (default: this machine's)",
    )
    .option('--name <name>', 'metadata.name of a SeccompProfile', 'profile')
    .action(
      action(async (path: string, options: ProfileConvertOptions) => {
        const { convertProfile } = await import('../../../commands/profileConvert.ts');
        const done = await convertProfile(path, options);
        if (!done.ok) return done.failure;
        for (const loss of done.value.lost) io.err(`does not survive: ${loss}\n`);
        io.out(done.value.value);
        return EXIT.none;
      }),
    );
  addExamples(command, [
    ['trace-build profile convert my.json --to systemd', 'SystemCallFilter= for a unit'],
    ['trace-build profile convert my.json --to spo --name builder | kubectl apply -f -', 'for Kubernetes'],
  ]);
};
