import type { HostModel } from '../../hosts/host.ts';
import { compressHosts } from '../../hosts/ranges.ts';
import type { Policy } from '../../seccomp/profile/policy.ts';
import type { FirstSeen, TraceSummary } from '../../strace/grammar/event.ts';
import { type Observation, type Observed, observe } from './observe.ts';
import { type Probe, probes } from './probe.ts';
import { compareWeights, type Weight, weigh, wordsFor } from './weigh.ts';

/** A host that is asked whether it could have produced the trace; `label` is what is written, such as `docker@20.10.5`. */
export interface Candidate {
  readonly label: string;
  readonly model: HostModel;
  /**
   * The label of the candidate that this one refines (another libseccomp): left out where both look alike to the trace.
   */
  readonly variantOf?: string;
}

/** One line of the trace that speaks for or against. */
export interface Deciding {
  readonly syscall: string;
  readonly abi: string;
  /** `returned`, or the errno. */
  readonly outcome: string;
  readonly first: FirstSeen;
  readonly says: string;
}

/** Hosts that this trace cannot tell apart. */
export interface InferredGroup {
  /** Ranges, such as `docker@20.10.4–20.10.9`. */
  readonly hosts: readonly string[];
  readonly size: number;
  /** `possible`: nothing contradicts and everything is explained. */
  readonly fit: 'possible' | 'doubtful' | 'contradicted';
  readonly explained: number;
  readonly genuine: number;
  readonly unexplained: number;
  readonly contradictions: number;
  readonly kernelBelow?: string;
  readonly deciding: readonly Deciding[];
}

export interface Inferred {
  readonly candidates: number;
  /** Best first. */
  readonly groups: readonly InferredGroup[];
  readonly kernel: { readonly atLeast?: string; readonly because?: Deciding };
  /** What else to record to tell the best groups apart. */
  readonly probes: readonly Probe[];
}

interface Group {
  readonly weight: Weight;
  readonly members: Candidate[];
  /** In ranges; hosts as they were shipped first. */
  readonly ranges: string[];
}

/** Lines shown for each group. */
const MOST_LINES = 6;
/** Groups beyond this fit badly and are only counted. */
const MOST_GROUPS = 12;

/** Which of the candidates could have produced the traces, ranked, in ranges, with the lines that decide. */
export function inferHosts(traces: readonly TraceSummary[], candidates: Iterable<Candidate>): Inferred {
  const observed = observe(traces);
  const groups = new Map<string, Group>();
  // Hosts that share a policy object and the kernel answer alike.
  const weighed = new Map<Policy, Map<string, Weight>>();
  const order: { readonly expression: string; readonly key: string }[] = [];
  for (const candidate of candidates) {
    const { policy, identity } = candidate.model;
    const shared = policy ? (weighed.get(policy) ?? new Map<string, Weight>()) : undefined;
    const key = `${identity.kernel} ${identity.arch}`;
    const weight = shared?.get(key) ?? weigh(observed, candidate.model);
    if (policy && shared) weighed.set(policy, shared.set(key, weight));
    const known = groups.get(weight.signature);
    order.push({ expression: candidate.label, key: weight.signature });
    if (known) known.members.push(candidate);
    else groups.set(weight.signature, { weight, members: [candidate], ranges: [] });
  }
  const shown = [...groups.values()].map(withoutVariants);
  for (const { key, label } of rangesOf(order, shown))
    shown.find(({ weight }) => weight.signature === key)?.ranges.push(label);
  const ranked = shown.sort(
    (a, b) =>
      compareWeights(a.weight, b.weight) ||
      asShipped(b) - asShipped(a) ||
      b.members.length - a.members.length,
  );
  const best = ranked.filter(({ weight }) => compareWeights(weight, ranked[0]!.weight) === 0);
  const likely = ranked.filter(({ weight }) => fitOf(weight) === 'possible');
  const apart = likely.length > 0 ? likely : best;
  const bound = observed.kernelAtLeast;
  return {
    candidates: order.length,
    groups: ranked
      .slice(0, MOST_GROUPS)
      .map((group) => describe(group, observed, ranked[0]!.weight, ranked[1]?.weight)),
    kernel: bound
      ? {
          atLeast: `${bound.version.major}.${bound.version.minor}`,
          because: {
            syscall: bound.syscall,
            abi: traces[0]?.abis[0] ?? '',
            outcome: 'returned',
            first: bound.first,
            says: `${bound.syscall} went through, which came with Linux ${bound.version.major}.${bound.version.minor}`,
          },
        }
      : {},
    probes: probes(
      apart.flatMap(({ members }) => members),
      order.map(({ expression }) => expression),
      observed,
    ),
  };
}

/** A variant says nothing where the host as shipped fits the same. */
function withoutVariants({ weight, members, ranges }: Group): Group {
  const plain = new Set(members.filter(({ variantOf }) => variantOf === undefined).map(({ label }) => label));
  return {
    weight,
    ranges,
    members: members.filter(({ variantOf }) => variantOf === undefined || !plain.has(variantOf)),
  };
}

/** Groups with hosts as they were shipped come before those that need another libseccomp. */
function asShipped({ members }: Group): number {
  return Number(members.some(({ variantOf }) => variantOf === undefined));
}

function fitOf(weight: Weight): InferredGroup['fit'] {
  if (weight.contradictions > 0) return 'contradicted';
  return weight.unexplained > 0 ? 'doubtful' : 'possible';
}

function describe(
  { weight, members, ranges }: Group,
  observed: Observed,
  best: Weight,
  second: Weight | undefined,
): InferredGroup {
  const rival = weight === best ? second : best;
  const below = weight.kernelBelow?.version;
  return {
    hosts: ranges,
    size: members.length,
    fit: fitOf(weight),
    explained: weight.explained,
    genuine: weight.genuine,
    unexplained: weight.unexplained,
    contradictions: weight.contradictions,
    ...(below ? { kernelBelow: `${below.major}.${below.minor}` } : {}),
    deciding: decidingLines(observed.observations, weight, rival),
  };
}

/**
 * Ranges of the hosts of each group. Only hosts that follow each other among all candidates become a range: what lies in
 * between would be in it too.
 */
function rangesOf(
  order: readonly { readonly expression: string; readonly key: string }[],
  groups: readonly Group[],
): readonly { readonly label: string; readonly key: string }[] {
  const kept = new Set(groups.flatMap(({ members }) => members.map(({ label }) => label)));
  const items = order.map(({ expression, key }) => ({ expression, key: kept.has(expression) ? key : '' }));
  return compressHosts(items).filter(({ key }) => key !== '');
}

/** First what speaks against, then what it explains, then where it differs from its nearest rival. */
function decidingLines(
  observations: readonly Observation[],
  weight: Weight,
  rival: Weight | undefined,
): readonly Deciding[] {
  const value = (index: number): number => {
    const bearing = weight.bearings[index]!;
    if (bearing === 'contradicts') return 0;
    if (bearing === 'unexplained') return 1;
    if (bearing === 'explains' || bearing === 'older-kernel') return 2;
    if (rival && rival.bearings[index] !== bearing) return 3;
    return bearing === 'genuine' ? 4 : 9;
  };
  return observations
    .map((observation, index) => ({ observation, index, value: value(index) }))
    .filter(({ value: worth }) => worth < 9)
    .sort((a, b) => a.value - b.value || a.observation.first.line - b.observation.first.line)
    .slice(0, MOST_LINES)
    .map(({ observation, index }) => ({
      syscall: observation.call.name,
      abi: observation.call.abi,
      outcome: observation.errno ?? 'returned',
      first: observation.first,
      says: wordsFor(observation, weight.bearings[index]!),
    }));
}
