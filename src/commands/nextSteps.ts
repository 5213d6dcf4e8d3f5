import type { Denial } from '../core/documents/denial.ts';
import { bySeverity, isFinding } from '../core/documents/severity.ts';
import { shellLine } from '../core/linux/shellWords.ts';
import type { EngineName } from '../io/engines/engine.ts';
import type { RunFlags } from './runFlags.ts';

/** Causes that a change of the profile can cure. */
const BY_PROFILE: ReadonlySet<Denial['cause']> = new Set(['rule', 'default', 'stub', 'bad-arch', 'unknown']);

/** What to type next, where something that matters was refused. */
export function nextSteps(
  denials: readonly Denial[],
  { host, engine }: { readonly host: string; readonly engine: EngineName },
  command: readonly string[],
  flags: RunFlags,
): readonly { readonly command: string; readonly does: string }[] {
  const [first] = denials.filter(isFinding).sort(bySeverity);
  if (!first) return [];
  // A container engine that was taken as it is stays so.
  const where = placeWords(flags, flags.on === undefined && flags.engine !== 'auto' ? undefined : host);
  // No profile gives a kernel what it lacks, nor a caller a capability; and without a sandbox none can be tried.
  const sandbox = engine !== 'host';
  const curable = sandbox && denials.some((denial) => isFinding(denial) && BY_PROFILE.has(denial.cause));
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

/** The options that choose the place again where a command ran; `on` is the host to be. */
export function placeWords(flags: RunFlags, on: string | undefined): readonly string[] {
  const given = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [name, value];
  const each = (name: string, values: readonly string[] = []): readonly string[] =>
    values.flatMap((value) => [name, value]);
  return [
    ...given('--on', on),
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
}

/** What `dockerfile` has besides: which step of which file. */
export interface DockerfileFlags extends RunFlags {
  readonly file?: string;
  readonly target?: string;
  readonly step?: number;
  readonly buildArg: readonly string[];
  readonly secret: readonly string[];
  readonly ssh: readonly string[];
  readonly profile?: string;
}

/** The options that the builder gets as they are. */
export function passedOn({ secret, ssh }: Pick<DockerfileFlags, 'secret' | 'ssh'>): readonly string[] {
  return [...secret.map((one) => `--secret=${one}`), ...ssh.map((one) => `--ssh=${one}`)];
}

/** What finds the fix for the step; it follows by itself where a profile was asked for. */
export function dockerfileCure(path: string, flags: DockerfileFlags): readonly string[] {
  if (flags.profile !== undefined) return [];
  return [
    'trace-build',
    'dockerfile',
    path,
    ...(flags.file === undefined ? [] : ['--file', flags.file]),
    ...placeWords(flags, flags.on),
    ...(flags.target === undefined ? [] : ['--target', flags.target]),
    ...(flags.step === undefined ? [] : ['--step', String(flags.step)]),
    ...flags.buildArg.flatMap((arg) => ['--build-arg', arg]),
    ...passedOn(flags),
    '--profile',
    'seccomp.json',
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
