import type { MinimizeDocument } from '../../core/documents/minimize.ts';
import { ENGINE_TITLES } from '../../core/linux/engineTitles.ts';
import { listInWords } from './text.ts';

type Document = MinimizeDocument;

/** `why` is how the command failed under strace. */
export function tracerFails(why: string): string {
  return `the command fails whenever strace watches it (${why}) and passes without, as programs do that use ptrace themselves; it was run without strace, and what it calls only then was not seen`;
}

/** How the file says ENOSYS where a rule with an errno does not do, and what that gives away. */
export function howEnosys(
  { form, syscalls, liftable }: NonNullable<Document['enosys']>,
  host: Document['host'],
): readonly string[] {
  const names = listInWords(syscalls);
  const engine = `${titleOf(host.engine)} ${host.version} with ${host.runtime} ${host.runtimeVersion} and libseccomp ${host.libseccomp}`;
  if (form === 'rule') return [];
  const said =
    form === 'default'
      ? `${engine} does not know ${names} by name: ENOSYS is the default of the file, and EPERM is listed for every other call that was refused.`
      : form === 'trace'
        ? `${engine} cannot be given an errno for ${names}: the file has SCMP_ACT_TRACE, which is ENOSYS where no tracer asks for such stops.`
        : `${engine} cannot be given an errno for ${names}: the default of the file is SCMP_ACT_TRACE, which is ENOSYS where no tracer asks for such stops, and EPERM is listed for every other call that was refused.`;
  const caveat =
    'The profile lets programs use ptrace: one that does can let such calls of the processes it traces through.';
  return liftable ? [said, caveat] : [said];
}

/** An engine for which the file is no fix. */
export function notApplicable(
  { engine, version, runtime, unmet }: NonNullable<Document['notApplicable']>[number],
  allowlist: boolean,
): string {
  const again = `trace-build minimize${allowlist ? ' --allowlist' : ''} --on ${engine}`;
  return `Not for ${titleOf(engine)} (${version} with ${runtime}): there the file gives ${listInWords(unmet)} another result. ${again} makes one for it.`;
}

function titleOf(engine: string): string {
  return (ENGINE_TITLES as Readonly<Record<string, string>>)[engine] ?? engine;
}
