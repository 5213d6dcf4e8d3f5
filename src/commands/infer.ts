import { type Candidate, type Inferred, inferHosts } from '../core/diagnosis/infer/infer.ts';
import type { InferDocument } from '../core/documents/infer.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import { renderInfer } from '../render/text/infer.ts';
import { openCandidates, openHosts } from './openHosts.ts';
import { archOption, expandFolders, openTraces } from './openTraces.ts';

export interface InferredResult {
  readonly document: InferDocument;
  text(width: number): string;
  /** At least one host explains everything. */
  readonly decided: boolean;
}

/** Which hosts could have produced these traces: all of them together, they are taken to be of one host. */
export async function infer(
  paths: readonly string[],
  among: readonly string[],
  archText: string | undefined,
): Promise<Result<InferredResult>> {
  if (paths.length === 0)
    return fail('usage', 'no trace given', { hint: 'name its file, or - for standard input' });
  const arch = archOption(archText);
  if (!arch.ok) return arch;
  const expanded = await expandFolders(paths);
  if (!expanded.ok) return expanded;
  const opened = await openTraces(expanded.value.files, arch.value ? { arch: arch.value } : {});
  if (!opened.ok) return opened;
  const { traces } = opened.value;
  const candidates: Result<readonly Candidate[]> =
    among.length > 0
      ? await openHosts(among)
      : await openCandidates([...new Set(traces.flatMap(({ abis }) => abis))]);
  if (!candidates.ok) return candidates;
  const named = among.length > 0 ? candidates.value : [];
  const notes = named.flatMap(({ label, model }) => model.identity.notes.map((note) => `${label}: ${note}`));
  const inferred: Inferred = {
    ...inferHosts(traces, candidates.value),
    ...(notes.length > 0 ? { notes } : {}),
  };
  const infos = traces.map(({ calls: _, ...info }) => info);
  return ok({
    document: {
      schema: 'trace-build/infer@1',
      traces: infos as unknown as InferDocument['traces'],
      ...(inferred as unknown as Omit<InferDocument, 'schema' | 'traces'>),
    },
    text: (width) => renderInfer(infos, inferred, width),
    decided: inferred.groups[0]?.fit === 'possible',
  });
}
