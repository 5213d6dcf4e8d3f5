import type { Denial } from '../core/documents/denial.ts';
import { isFinding } from '../core/documents/severity.ts';
import { shellLine } from '../core/linux/shellWords.ts';
import type { RunFlags } from './runFlags.ts';

/** Causes that a change of the profile can cure. */
const BY_PROFILE: ReadonlySet<Denial['cause']> = new Set(['rule', 'default', 'stub', 'bad-arch', 'unknown']);

/** What to type next, where something that matters was refused. */
export function nextSteps(
  denials: readonly Denial[],
  host: string,
  command: readonly string[],
  flags: RunFlags,
): readonly { readonly command: string; readonly does: string }[] {
  const first = denials.find(isFinding);
  if (!first) return [];
  const given = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [name, value];
  const each = (name: string, values: readonly string[] = []): readonly string[] =>
    values.flatMap((value) => [name, value]);
  const where = [
    // A container engine that was taken as it is stays so.
    ...(flags.on === undefined && flags.engine !== 'auto' ? [] : ['--on', host]),
    ...given('--engine', flags.engine === 'auto' ? undefined : flags.engine),
    ...given('--image', flags.image),
    ...given('--rootfs', flags.rootfs),
    ...(flags.network ? [] : ['--no-network']),
    ...each('-v', flags.volume),
    ...given('-w', flags.workdir),
    ...each('-e', flags.env),
    ...given('--user', flags.user),
    ...each('--cap-add', flags.capAdd),
    ...each('--cap-drop', flags.capDrop),
    ...given('--platform', flags.platform),
    ...given('--context', flags.context),
    ...given('--tracer-image', flags.tracerImage),
    ...each('--engine-arg', flags.engineArg),
    ...each('--clear', flags.clear),
    // A build that hangs here hangs there.
    ...given('--timeout', flags.timeout === undefined ? undefined : `${flags.timeout}s`),
  ];
  // No profile gives a kernel what it lacks, nor a caller a capability.
  const curable = denials.some((denial) => isFinding(denial) && BY_PROFILE.has(denial.cause));
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
      does: 'explains what the call is for and who falls back when',
    },
  ];
}

/** Words as one would type them to a shell. */
function typed(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

/** What a terminal would act on, but for tabs and line ends. */
const CONTROL = /[^\t\n\P{Cc}]/gu;

function quoted(word: string): string {
  if (word.search(CONTROL) === -1) return shellLine([word]);
  const shown = word.replace(/[\\']/g, '\\$&').replace(CONTROL, (unit) => {
    return [...Buffer.from(unit)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  });
  return `$'${shown}'`;
}
