import { resolve } from 'node:path';
import type { Failure } from '../core/failure.ts';
import type { Minimized } from '../io/experiments/minimize.ts';
import type { Done } from './commands.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';
import type { Place } from './options/engineOptions.ts';
import { type MinimizeFlags, profilePath, writesProfile } from './options/minimizeOptions.ts';

/** Prints the result and writes the profile. */
export async function tellMinimized(
  words: readonly string[],
  place: Place,
  minimized: Minimized,
  flags: MinimizeFlags,
  io: Io,
): Promise<Done> {
  const [{ documentOf }, { writeText }] = await Promise.all([
    import('../commands/minimizeDocument.ts'),
    import('../io/files/files.ts'),
  ]);
  const shown = profilePath(flags);
  const document = await documentOf(words, place, minimized, resolve(io.cwd, shown));
  let written: string | undefined;
  let unwritten: Failure | undefined;
  if (document.profile !== null && writesProfile(flags)) {
    try {
      writeText(resolve(io.cwd, shown), `${JSON.stringify(document.profile, null, 2)}\n`);
      written = shown;
    } catch (error) {
      // What was found is shown in any case: it may have taken hours.
      unwritten = {
        kind: 'missing',
        what: `the profile can't be written (${(error as NodeJS.ErrnoException).code})`,
        where: { file: shown },
        hint: 'run it again with --resume and another -o FILE',
      };
    }
  }
  if (flags.json) io.out(`${JSON.stringify(document, null, 2)}\n`);
  else {
    const { renderMinimize } = await import('../render/text/minimize.ts');
    io.out(renderMinimize(document, written, io.columns));
  }
  if (unwritten) return unwritten;
  if (document.outcome === 'nothing-to-fix') return EXIT.none;
  return document.outcome === 'fixed' ? EXIT.findings : EXIT.undecided;
}
