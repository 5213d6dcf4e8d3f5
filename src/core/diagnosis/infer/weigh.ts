import type { HostModel } from '../../hosts/host.ts';
import { compareKernels, kernelText } from '../../linux/kernel.ts';
import { kernelOf } from '../../linux/numbers.ts';
import { refusal } from '../errno.ts';
import { runsOn } from '../translate.ts';
import type { KernelBound, Observation, Observed } from './observe.ts';

/** How one observation bears on one host. */
export type Bearing =
  /** The host answers just so, and not every host does. */
  | 'explains'
  /** Nothing speaks against it. */
  | 'agrees'
  /** Refused in the trace, allowed by the host's filter, but a kernel older than the call explains it. */
  | 'older-kernel'
  /** Refused in the trace, allowed by the host; the kernel itself may have refused it. */
  | 'genuine'
  /** Refused in the trace, allowed by the host, and nothing explains it. */
  | 'unexplained'
  /** The host cannot have answered so. */
  | 'contradicts';

export interface Weight {
  readonly explained: number;
  readonly genuine: number;
  readonly unexplained: number;
  readonly contradictions: number;
  /** How many of filter and old kernel are needed to explain the refusals: one is the simpler story. */
  readonly mechanisms: number;
  /** By index of the observation; hosts with the same text cannot be told apart by this trace. */
  readonly signature: string;
  readonly bearings: readonly Bearing[];
  /** An upper bound for the kernel, exclusive, if the host is to explain everything. */
  readonly kernelBelow: KernelBound | undefined;
}

const LETTER: Record<Bearing, string> = {
  explains: 'e',
  agrees: 'a',
  'older-kernel': 'k',
  genuine: 'g',
  unexplained: 'u',
  contradicts: 'c',
};

/** How well a host explains what was observed. The host's own kernel should be a new one: kernels are inferred apart. */
export function weigh(observed: Observed, host: HostModel): Weight {
  const bearings: Bearing[] = [];
  const mechanisms = new Set<'filter' | 'kernel'>();
  let kernelBelow: KernelBound | undefined;
  for (const observation of observed.observations) {
    const bearing = bearingOf(observation, host, observed.kernelAtLeast);
    bearings.push(bearing);
    if (bearing === 'older-kernel') mechanisms.add('kernel');
    if (bearing === 'explains') {
      mechanisms.add(host.answer(observation.call).cause === 'kernel' ? 'kernel' : 'filter');
    }
    if (bearing !== 'older-kernel') continue;
    const { call, first } = observation;
    const born = kernelOf(call.name, call.abi);
    if (born && (!kernelBelow || compareKernels(born, kernelBelow.version) < 0)) {
      kernelBelow = { version: born, syscall: call.name, first };
    }
  }
  const count = (wanted: Bearing): number => bearings.filter((one) => one === wanted).length;
  return {
    explained: count('explains') + count('older-kernel'),
    genuine: count('genuine'),
    unexplained: count('unexplained'),
    contradictions: count('contradicts'),
    mechanisms: mechanisms.size,
    signature: bearings.map((one) => LETTER[one]).join(''),
    bearings,
    kernelBelow,
  };
}

/** No container engine ever ran on an older one (Docker's first requirement was 3.10). */
const OLDEST_KERNEL = { major: 3, minor: 10 };

function bearingOf(
  { call, errno, maybeGenuine }: Observation,
  host: HostModel,
  kernelAtLeast: KernelBound | undefined,
): Bearing {
  if (!runsOn(call.abi, host.identity.arch)) return 'contradicts';
  const verdict = host.answer(call);
  const answers = [verdict.action, ...verdict.alternatives].map(refusal);
  const allows = answers.includes(undefined);
  if (errno === undefined) return allows ? 'agrees' : 'contradicts';
  if (answers.includes(errno)) return allows ? 'agrees' : 'explains';
  if (!allows) return 'contradicts';
  const born = kernelOf(call.name, call.abi);
  const least = kernelAtLeast?.version ?? OLDEST_KERNEL;
  // gVisor is its own kernel: what that release implements is never lacking.
  const canLack =
    host.identity.engine !== 'gvisor' &&
    born &&
    compareKernels(born, least) > 0 &&
    compareKernels(born, OLDEST_KERNEL) > 0;
  if (errno === 'ENOSYS' && canLack) return 'older-kernel';
  return maybeGenuine ? 'genuine' : 'unexplained';
}

/** Best first: no contradiction, little unexplained, much explained, by one mechanism. */
export function compareWeights(a: Weight, b: Weight): number {
  return (
    a.contradictions - b.contradictions ||
    a.unexplained - b.unexplained ||
    a.genuine - b.genuine ||
    b.explained - a.explained ||
    a.mechanisms - b.mechanisms
  );
}

/** What an observation says, in words, for a host on which it bears so. */
export function wordsFor({ call, errno }: Observation, bearing: Bearing): string {
  const { name } = call;
  switch (bearing) {
    case 'explains':
      return `answers ${errno} to ${name}, as in the trace`;
    case 'agrees':
      return errno === undefined ? `allows ${name}, as in the trace` : `may answer ${errno} to ${name}`;
    case 'older-kernel': {
      const born = kernelOf(name, call.abi);
      return `allows ${name}; a kernel older than ${born ? kernelText(born) : 'the call'} explains the ENOSYS`;
    }
    case 'genuine':
      return `allows ${name}; the kernel itself must have said ${errno}`;
    case 'unexplained':
      return `allows ${name}, and nothing explains the ${errno}`;
    case 'contradicts':
      return errno === undefined
        ? `refuses ${name}, which went through in the trace`
        : `does not answer ${errno} to ${name}`;
  }
}
