import { resolve } from 'node:path';
import { profilePath, writesProfile } from '../commands/minimizeDefaults.ts';
import type { MinimizeFlags } from '../commands/minimizeFlags.ts';
import type { Io } from '../commands/ports.ts';
import { printDocument } from '../render/json.ts';
import type { Done } from './binding.ts';
import { EXIT } from './exit.ts';

/** `minimize --merge`: prints the allowlist of recorded traces and writes it. */
export async function tellMerged(paths: readonly string[], flags: MinimizeFlags, io: Io): Promise<Done> {
  const { mergeTraces } = await import('../commands/minimizeMerge.ts');
  const shown = profilePath(flags);
  const path = resolve(io.cwd, shown);
  const merged = await mergeTraces(paths, { ...(flags.on === undefined ? {} : { on: flags.on }), path });
  if (!merged.ok) return merged.failure;
  const { document, files } = merged.value;
  if (writesProfile(flags)) {
    const { writeOutput } = await import('../io/files/output.ts');
    const text = `${JSON.stringify(document.profile, null, 2)}\n`;
    const written = await writeOutput(path, text, { mode: 0o666, force: flags.force ?? false });
    if (!written.ok) return written.failure;
  }
  if (flags.json) io.out(printDocument(document));
  else {
    const { renderMerged } = await import('../render/text/merged.ts');
    io.print(renderMerged(document, files, shown, io.columns));
  }
  return EXIT.none;
}
