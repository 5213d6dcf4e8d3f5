import type { Abi } from '../../linux/abi.ts';
import type { LogContext } from './context.ts';
import type { Findings, Seen } from './reader.ts';
import type { SightingKind } from './records.ts';
import type { Confidence, PossibleCall } from './table.ts';

/** Where a claim comes from; see the README of the results. */
export type Basis = 'seen' | 'confirmed' | 'known' | 'assumed';

/** One line that points to a call, or the first of many that say the same. */
export interface Evidence {
  readonly kind: 'message' | 'record' | 'name' | 'errno';
  /** Of a message: its id in facts/messages.json. */
  readonly pattern?: string;
  readonly record?: SightingKind;
  /** The word of the line that names the call: a syscall or a libc function. */
  readonly word?: string;
  readonly program?: string;
  readonly via?: string;
  readonly distributions?: readonly string[];
  readonly hosts?: string;
  /** What in the log makes it surer: the libc of the image, a 32-bit machine … */
  readonly surerWith?: string;
  readonly source?: string;
  readonly line: number;
  readonly text: string;
  readonly count: number;
}

export interface Candidate {
  readonly syscall: string;
  readonly number?: number;
  readonly abi?: Abi;
  readonly errno?: string;
  readonly confidence: Confidence;
  readonly basis: Basis;
  readonly evidence: readonly Evidence[];
  /** Other causes of the same messages. */
  readonly also: readonly string[];
  /** Orders candidates of equal confidence. */
  readonly score: number;
}

/** As many are worth reading. */
const MOST = 6;

const STEPS: readonly Confidence[] = ['unlikely', 'possible', 'likely'];
const rankOf = (confidence: Confidence): number => STEPS.indexOf(confidence);
const step = (confidence: Confidence, by: number): Confidence =>
  STEPS[Math.max(0, Math.min(2, rankOf(confidence) + by))]!;

/** Causes that explain a line so well that a guess from the same line is worth little. */
const DECISIVE: ReadonlySet<string> = new Set([
  'file-ownership',
  'capability',
  'masked-path',
  'user-namespaces',
  'device',
  'apparmor',
  'no-new-privs',
  'file-system',
  'dev-shm',
  'filter-not-loaded',
  'file-capabilities',
  'disk-full',
  'memory',
  'pids-limit',
  'rlimit',
  'read-only',
  'network',
  'emulator',
  'cgroup',
]);

const OF_RECORD: Readonly<Record<SightingKind, { readonly basis: Basis; readonly score: number }>> = {
  audit: { basis: 'confirmed', score: 80 },
  siginfo: { basis: 'confirmed', score: 90 },
  registers: { basis: 'confirmed', score: 70 },
  gvisor: { basis: 'confirmed', score: 40 },
  'filter-report': { basis: 'known', score: 60 },
  trace: { basis: 'seen', score: 50 },
  emulator: { basis: 'known', score: 30 },
  killed: { basis: 'confirmed', score: 0 },
};

/** Candidates from what was found, best first. Who refuses them is asked later. */
export function rankCandidates(findings: Findings, context: LogContext): readonly Candidate[] {
  const gathered = new Map<string, Candidate>();
  const add = (candidate: Candidate): void => {
    const old = gathered.get(candidate.syscall);
    gathered.set(candidate.syscall, old ? merge(old, candidate) : candidate);
  };
  for (const seen of findings.sightings) {
    const { syscall, number, abi, errno, kind, program } = seen.what;
    if (syscall === undefined && number === undefined) continue;
    const { basis, score } = OF_RECORD[kind];
    add({
      syscall: syscall ?? `syscall_${number}`,
      ...(number === undefined ? {} : { number }),
      ...(abi === undefined ? {} : { abi }),
      ...(errno === undefined ? {} : { errno }),
      confidence: 'likely',
      basis,
      evidence: [
        { kind: 'record', record: kind, ...(program === undefined ? {} : { program }), ...placeOf(seen) },
      ],
      also: kind === 'trace' && errno === 'EPERM' ? ['capability'] : [],
      score: 1000 + score,
    });
  }
  for (const seen of findings.messages) {
    const { id, program, via, distributions, hosts, source, calls, also } = seen.what;
    for (const [index, entry] of calls.entries()) {
      const call = { ...entry, errno: errnoIn(seen.text) ?? entry.errno };
      const { confidence, because } = inContext(call, context, decided(seen, findings));
      add({
        syscall: call.syscall,
        errno: call.errno,
        confidence,
        basis: call.confidence === 'likely' ? 'known' : 'assumed',
        evidence: [
          {
            kind: 'message',
            pattern: id,
            program,
            ...(via === undefined ? {} : { via }),
            ...(distributions === undefined ? {} : { distributions }),
            ...(hosts === undefined ? {} : { hosts }),
            ...(because === undefined ? {} : { surerWith: because }),
            ...(source === undefined ? {} : { source }),
            ...placeOf(seen),
          },
        ],
        also,
        score: 100 - 10 * index + (because === undefined ? 0 : 5),
      });
    }
  }
  for (const seen of findings.named) {
    const { call, word } = seen.what;
    const { confidence, because } = inContext(call, context, decided(seen, findings));
    add({
      syscall: call.syscall,
      errno: call.errno,
      confidence,
      basis: 'assumed',
      evidence: [
        {
          kind: 'name',
          word,
          ...(because === undefined ? {} : { surerWith: because }),
          ...placeOf(seen),
        },
      ],
      also: call.errno === 'EPERM' ? ['capability'] : ['kernel-version'],
      // A message of the table knows more than a name.
      score: 80,
    });
  }
  if (gathered.size === 0) for (const guess of guesses(findings, context)) add(guess);
  return [...gathered.values()].sort(byWorth).slice(0, MOST);
}

function byWorth(a: Candidate, b: Candidate): number {
  return rankOf(b.confidence) - rankOf(a.confidence) || b.score - a.score;
}

/** Puts candidates in order again after their confidence changed. */
export function inOrder(candidates: readonly Candidate[]): readonly Candidate[] {
  return [...candidates].sort(byWorth);
}

function placeOf({ line, text, count }: Seen<unknown>): Pick<Evidence, 'line' | 'text' | 'count'> {
  return { line, text, count };
}

/** Two findings of the same call: the surer one speaks, the other supports it. */
function merge(a: Candidate, b: Candidate): Candidate {
  const [first, second] = byWorth(a, b) <= 0 ? [a, b] : [b, a];
  return {
    ...second,
    ...first,
    evidence: [...first.evidence, ...second.evidence],
    also: [...new Set([...first.also, ...second.also])],
    score: first.score + Math.min(20, second.score / 10),
  };
}

/** The error that the line itself has: many messages come with either. */
function errnoIn(text: string): string | undefined {
  if (/Function not implemented|\bENOSYS\b|os error 38\b|\[Errno 38\]/i.test(text)) return 'ENOSYS';
  return /Operation not permitted|\bEPERM\b|os error 1\b|\[Errno 1\]/i.test(text) ? 'EPERM' : undefined;
}

/** Whether another cause explains the very line. */
function decided({ line }: Seen<unknown>, { causes }: Findings): boolean {
  return causes.some(({ what, lines }) => DECISIVE.has(what.cause) && lines.has(line));
}

function inContext(
  call: PossibleCall,
  { circumstances, against }: LogContext,
  explained: boolean,
): { readonly confidence: Confidence; readonly because?: string } {
  const { surerWith } = call;
  let { confidence } = call;
  let because: string | undefined;
  if (surerWith !== undefined) {
    if (circumstances.has(surerWith)) {
      confidence = step(confidence, 1);
      because = surerWith;
    } else if (against.has(surerWith)) {
      confidence = surerWith === '32bit' ? 'unlikely' : step(confidence, -1);
    } else if (surerWith === '32bit' || surerWith === 'wsl1' || surerWith === 'gvisor') {
      // Without that circumstance the call is not made, or not refused.
      confidence = confidence === 'likely' ? 'possible' : confidence;
    }
  }
  if (explained && confidence === 'possible') confidence = 'unlikely';
  return { confidence, ...(because === undefined ? {} : { because }) };
}

/** The calls that new libcs make and old hosts refuse: for an error without a name, nothing better is known. */
const USUAL: Readonly<Record<string, readonly (readonly [syscall: string, musl: boolean])[]>> = {
  EPERM: [
    ['clone3', false],
    ['faccessat2', true],
    ['statx', false],
  ],
  ENOSYS: [
    ['statx', false],
    ['copy_file_range', false],
    ['faccessat2', true],
  ],
};

function guesses(findings: Findings, { circumstances, against }: LogContext): readonly Candidate[] {
  const seen = findings.errors.find((one) => !decided(one, findings));
  if (!seen) return [];
  const errno = seen.what;
  // 32-bit libcs ask for the time with new calls all the time.
  const first = errno === 'EPERM' && circumstances.has('32bit') ? [['clock_gettime64', false] as const] : [];
  return [...first, ...USUAL[errno]!].map(([syscall, musl], index) => ({
    syscall,
    errno,
    confidence: 'unlikely' as const,
    basis: 'assumed' as const,
    evidence: [{ kind: 'errno' as const, ...placeOf(seen) }],
    also: errno === 'EPERM' ? ['capability', 'file-ownership'] : ['kernel-version', 'file-system'],
    score: 10 - index + (musl && circumstances.has('musl') && !against.has('musl') ? 5 : 0),
  }));
}
