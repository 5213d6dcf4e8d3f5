import type { Manifest } from '../../core/documents/manifest.ts';
import { manifestPath, olderManifestPath } from '../../core/documents/manifestPath.ts';
import { manifestIn } from '../../core/documents/manifestShape.ts';
import { readBounded } from '../files/bounded.ts';

/** The manifest beside a trace; undefined when there is none, or when what stands there is something else. */
export async function readManifest(trace: string): Promise<Manifest | undefined> {
  for (const path of [manifestPath(trace), olderManifestPath(trace)]) {
    try {
      const manifest = manifestIn(JSON.parse((await readBounded(path)).toString('utf8')));
      if (manifest) return manifest;
    } catch {
      // Nothing of that name, or no JSON: something else.
    }
  }
  return undefined;
}
