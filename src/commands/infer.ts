import { type Candidate, inferHosts } from '../core/diagnosis/infer/infer.ts';
import type { InferDocument } from '../core/documents/infer.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import { openCandidates, openHosts } from './openHosts.ts';
import { archOption, expandFolders, openTraces } from './openTraces.ts';

export interface InferOptions {
  /** HOST expressions to choose from; every known host, as shipped and as distributions combine it, when empty. */
  readonly among?: readonly string[];
  /** Architecture of the machine that was traced, where the trace does not show it. */
  readonly arch?: string;
}

/**
 * Which hosts could have produced these traces: all of them together, they are taken to be of one host. The first group
 * fits best; where its `fit` is not `possible`, no host explains everything.
 */
export async function infer(
  paths: readonly string[],
  options: InferOptions = {},
): Promise<Result<InferDocument>> {
  if (paths.length === 0)
    return fail('usage', 'no trace given', { hint: 'name its file, or - for standard input' });
  const arch = archOption(options.arch);
  if (!arch.ok) return arch;
  const expanded = await expandFolders(paths);
  if (!expanded.ok) return expanded;
  const opened = await openTraces(expanded.value.files, arch.value ? { arch: arch.value } : {});
  if (!opened.ok) return opened;
  const { traces } = opened.value;
  const among = options.among ?? [];
  const candidates: Result<readonly Candidate[]> =
    among.length > 0
      ? await openHosts(among)
      : await openCandidates([...new Set(traces.flatMap(({ abis }) => abis))]);
  if (!candidates.ok) return candidates;
  const named = among.length > 0 ? candidates.value : [];
  const notes = named.flatMap(({ label, model }) => model.identity.notes.map((note) => `${label}: ${note}`));
  return ok({
    schema: 'trace-build/infer@1',
    traces: traces.map(({ calls: _, ...info }) => info),
    ...inferHosts(traces, candidates.value),
    ...(notes.length > 0 ? { notes } : {}),
  });
}
