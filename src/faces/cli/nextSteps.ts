import type { Denial } from '../../core/report.ts';
import type { RunFlags } from './runAt.ts';

/** Whether a denial is one that a change of the host would cure. */
export const breaking = ({ matters, cause }: Denial): boolean =>
  matters && cause !== 'genuine' && cause !== 'unknown';

/** What to type next, where something that matters was refused. */
export function nextSteps(
  denials: readonly Denial[],
  host: string,
  command: readonly string[],
  flags: RunFlags,
): readonly { readonly command: string; readonly does: string }[] {
  const first = denials.find(breaking);
  if (!first) return [];
  const given = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [name, value];
  const where = [
    // A container engine that was taken as it is stays so.
    ...(flags.on === undefined && flags.engine !== 'auto' ? [] : ['--on', host]),
    ...given('--engine', flags.engine === 'auto' ? undefined : flags.engine),
    ...given('--image', flags.image),
    ...given('--rootfs', flags.rootfs),
    ...(flags.network ? [] : ['--no-network']),
    // A build that hangs here hangs there.
    ...given('--timeout', flags.timeout === undefined ? undefined : `${flags.timeout}s`),
  ];
  // No profile gives a kernel what it lacks.
  const curable = denials.some((denial) => breaking(denial) && denial.cause !== 'kernel');
  const cure = !curable ? [] : (flags.cure ?? ['trace-build', 'minimize', ...where, '--', ...command]);
  return [
    ...(cure.length === 0
      ? []
      : [
          {
            command: typed(cure),
            does: 'finds the smallest change to the profile and proves it by running again',
          },
        ]),
    {
      command: typed(['trace-build', 'explain', first.syscall, '--on', host]),
      does: 'tells what the call is for and who falls back when',
    },
  ];
}

/** Words as one would type them to a shell. */
function typed(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
