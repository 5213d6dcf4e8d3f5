import { resolve } from 'node:path';
import { profilePath, writesProfile } from '../commands/minimizeDefaults.ts';
import type { MinimizeFlags } from '../commands/minimizeFlags.ts';
import type { Io } from '../commands/ports.ts';
import type { MinimizeDocument } from '../core/documents/minimize.ts';
import type { Failure } from '../core/failure.ts';
import { printDocument } from '../render/json.ts';
import type { Done } from './binding.ts';
import { EXIT } from './exit.ts';

/** Prints the result and writes the profile. */
export async function tellMinimized(document: MinimizeDocument, flags: MinimizeFlags, io: Io): Promise<Done> {
  const { writeOutput } = await import('../io/files/output.ts');
  const shown = profilePath(flags);
  let written: string | undefined;
  let unwritten: Failure | undefined;
  if (document.profile !== null && writesProfile(flags)) {
    // It holds no secrets, unlike traces.
    const done = await writeOutput(resolve(io.cwd, shown), `${JSON.stringify(document.profile, null, 2)}\n`, {
      mode: 0o666,
      force: flags.force ?? false,
    });
    if (done.ok) written = shown;
    // What was found is shown in any case: it may have taken hours.
    else {
      unwritten = {
        kind: 'missing',
        what: `the profile is not written: ${done.failure.what}`,
        where: { file: shown },
        hint: 'run it again with --resume and another -o FILE',
      };
    }
  }
  if (flags.json) io.out(printDocument(document));
  else {
    const { renderMinimize } = await import('../render/text/minimize.ts');
    io.print(renderMinimize(document, written, io.columns, flags.verbose === true));
  }
  if (unwritten) return unwritten;
  if (document.outcome === 'nothing-to-fix') return EXIT.none;
  return document.outcome === 'fixed' ? EXIT.findings : EXIT.undecided;
}
