import type { Denial } from '../../documents/denial.ts';
import type { Fate, LayerSearch } from '../../documents/layers.ts';
import type { CertainReason, Reason } from '../../documents/reason.ts';
import { causeOf } from '../../seccomp/profile/cause.ts';
import type { DistinctCall } from '../../strace/grammar/event.ts';
import type { Question } from './search.ts';

/** Reasons that no layer of a sandbox has a part in. */
const ELSEWHERE: ReadonlySet<Reason['kind']> = new Set(['injected', 'emulator', 'recording-broken']);

/** Refusals whose reason is a guess, or contradicts the model: what lifting layers could tell. */
export function layerQuestions(denials: readonly Denial[]): readonly Question[] {
  return denials
    .filter(({ reason, errno }) => isOpen(reason) && errno !== 'SIGSYS' && errno !== 'unknown')
    .map(({ syscall, abi, errno, reason }) => ({
      syscall,
      abi,
      errno,
      capabilities: capabilitiesOf(reason),
    }));
}

function isOpen(reason: Reason): boolean {
  if (ELSEWHERE.has(reason.kind)) return false;
  return (
    reason.kind === 'not-known' ||
    reason.kind === 'kernel-errno-unlisted' ||
    reason.kind === 'some-filter' ||
    reason.kind === 'differs-from-model'
  );
}

function capabilitiesOf(reason: Reason): readonly string[] {
  const all: readonly Reason[] = reason.kind === 'not-known' ? reason.candidates : [reason];
  return [...new Set(all.flatMap((one) => (one.kind === 'capability' ? one.capabilities : [])))];
}

/** What became of the call in another run. */
export function fateIn(calls: readonly DistinctCall[], { syscall, abi, errno }: Question): Fate {
  const made = calls.filter(({ call }) => call.name === syscall && call.abi === abi);
  const refused = made.some(({ outcome }) => typeof outcome === 'object' && outcome.errno === errno);
  return refused ? 'refused' : made.length > 0 ? 'passed' : 'not-made';
}

/** The denials with the reasons that lifting showed; their basis is that it was seen. */
export function withLayers(denials: readonly Denial[], searches: readonly LayerSearch[]): readonly Denial[] {
  return denials.map((denial) => {
    const search = searches.find(
      ({ syscall, abi, errno }) => syscall === denial.syscall && abi === denial.abi && errno === denial.errno,
    );
    if (!search?.found || !isOpen(denial.reason)) return denial;
    const reason = reasonOf(denial, search.found);
    return { ...denial, reason, cause: causeOf(reason), basis: 'seen' };
  });
}

function reasonOf(denial: Denial, found: NonNullable<LayerSearch['found']>): Reason {
  const [layer, ...others] = found.layers;
  if (layer === undefined || others.length > 0) return { kind: 'lifted', ...found };
  const { syscall, errno, reason } = denial;
  // What was a candidate says more: the path, the settings.
  const candidates = reason.kind === 'not-known' ? reason.candidates : [reason];
  const named = (kind: Reason['kind']) =>
    candidates.find((one) => one.kind === kind) as CertainReason | undefined;
  switch (layer) {
    case 'filter':
      return reason.kind === 'differs-from-model'
        ? reason
        : { kind: 'some-filter', because: 'passes-without', syscall, errno };
    case 'capabilities':
      return found.grant ? { kind: 'capability', capabilities: found.grant } : { kind: 'lifted', ...found };
    case 'no-new-privileges':
      return { kind: 'no-new-privileges' };
    case 'masked-paths':
      return named('masked-path') ?? { kind: 'lifted', ...found };
    case 'devices':
      return named('device-cgroup') ?? { kind: 'lifted', ...found };
    case 'tracer':
      return { kind: 'tracer' };
    case 'user-namespace':
    case 'security-module':
      return named(layer) ?? { kind: 'lifted', ...found };
  }
}
