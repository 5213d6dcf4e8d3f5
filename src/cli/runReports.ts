import { resolve } from 'node:path';
import type { Io } from '../commands/ports.ts';
import type { Failure } from '../core/failure.ts';
import { formatOfFile } from '../render/index.ts';
import { tellGithub } from './github.ts';

/** Asked before the command runs: a build is not done twice because of an ending. */
export async function checkReports(
  files: readonly string[],
  force: boolean | undefined,
  io: Io,
): Promise<Failure | undefined> {
  const wrong = files.find((file) => formatOfFile(file) === undefined);
  if (wrong !== undefined) {
    return {
      kind: 'usage',
      what: `the ending of ${wrong} names no format of a report`,
      hint: 'use .md .html .json .sarif .xml or .txt',
    };
  }
  const { outputPlace } = await import('../io/files/output.ts');
  for (const file of files) {
    const place = await outputPlace(resolve(io.cwd, file), force);
    if (!place.ok) return place.failure;
  }
  return undefined;
}

/** Reports of a recording, redacted, and what GitHub Actions is told; a failure only where a file can't be written. */
export async function writeReports(
  files: readonly string[],
  trace: string,
  { version = '', force }: { readonly version?: string; readonly force?: boolean },
  io: Io,
): Promise<Failure | undefined> {
  const [{ report }, { renderReport }, { writeOutput }] = await Promise.all([
    import('../commands/report.ts'),
    import('../render/index.ts'),
    import('../io/files/output.ts'),
  ]);
  const done = await report([resolve(io.cwd, trace)], { version, cwd: io.cwd });
  // A recording without one call: nothing to report, and `run` said why.
  if (!done.ok) return files.length > 0 ? done.failure : undefined;
  const safe = done.value;
  for (const file of files) {
    const written = await writeOutput(
      resolve(io.cwd, file),
      renderReport(safe, formatOfFile(file) ?? 'text', { version }),
      { force: force ?? false },
    );
    if (!written.ok) return written.failure;
  }
  await tellGithub(safe, io);
  return undefined;
}
