import type { Denial, Fix } from '../core/documents/denial.ts';
import type { HostBlocked, Report } from '../core/documents/report.ts';
import { bySeverity, isFinding } from '../core/documents/severity.ts';
import type { ExitInfo } from '../core/documents/trace.ts';
import type { HostField, HostIdentity } from '../core/hosts/host.ts';
import type { Cause } from '../core/seccomp/profile/action.ts';
import { callTitle } from './phrases/call.ts';
import { followedPhrase } from './phrases/consequence.ts';
import { limitPhrase } from './phrases/fix.ts';
import { listInWords, plural, sentence } from './phrases/text.ts';

/** What a cause means, for people who never heard of seccomp. */
export function causeInWords(cause: Cause): string {
  switch (cause) {
    case 'rule':
      return 'a rule of the seccomp profile';
    case 'default':
      return "the seccomp profile's default action";
    case 'stub':
      return "the runtime's ENOSYS stub for newer syscalls";
    case 'bad-arch':
      return 'the filter does not cover this architecture';
    case 'kernel':
      return 'the kernel does not have this syscall';
    case 'genuine':
      return 'the kernel itself refused, not the filter';
    case 'unknown':
      return 'not known';
  }
}

const byFilter = (cause: Cause): boolean =>
  cause === 'rule' || cause === 'default' || cause === 'stub' || cause === 'bad-arch';

/** `docker 20.10.5`, `unconfined`. */
function nameOfHost({ engine, version }: HostIdentity): string {
  return [engine, version].filter((part) => part !== '' && part !== 'none').join(' ');
}

/** `docker 20.10.5 on x86_64: runc 1.0.0-rc92, libseccomp 2.4.4, kernel 5.4`. */
export function hostInWords(host: HostIdentity): string {
  const parts = [
    host.runtime && host.runtime !== 'none' ? `${host.runtime} ${host.runtimeVersion}`.trim() : '',
    host.libseccomp && host.libseccomp !== 'none' ? `libseccomp ${host.libseccomp}` : '',
    host.kernel ? `kernel ${host.kernel}` : '',
  ].filter((part) => part !== '');
  const name = nameOfHost(host);
  return `${name} on ${host.arch}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`;
}

/** Which fields of a host nobody gave, in a sentence; empty where all were. */
export function assumedInWords(assumed: readonly HostField[]): string {
  return assumed.length === 0 ? '' : `assumed from what that version shipped with: ${assumed.join(', ')}`;
}

/** How the command ended, to stand in a sentence. */
export function exitInWords(exit: ExitInfo): string {
  if (exit.timedOut) return 'the command ran out of time';
  if (exit.signal !== undefined) return `the command was ended by ${exit.signal}`;
  if (exit.status !== undefined) return `the command exited with status ${exit.status}`;
  return 'how the command ended is not known';
}

export const namesOf = (denials: readonly Denial[]): readonly string[] => [
  ...new Set(denials.map(callTitle)),
];

export type Level = 'clean' | 'harmless' | 'blocked' | 'undecided';

/** The first thing a reader wants to know. */
export interface Headline {
  readonly level: Level;
  /** No full stop. */
  readonly text: string;
  /** Sentences that go with it. */
  readonly details: readonly string[];
}

const mattering = (denials: readonly Denial[]): Denial[] => denials.filter(isFinding);

/** Hosts on which something that matters is refused. */
export function hostsThatBlock(hosts: readonly HostBlocked[]): readonly HostBlocked[] {
  return hosts.filter(({ blocked }) => mattering(blocked).length > 0);
}

/** Why the first is named first, where others are named too or the tables would not name it. */
function suspicion(breaking: readonly Denial[], names: number): readonly string[] {
  const [first] = [...breaking].sort(bySeverity);
  const followed = first && followedPhrase(first);
  if (first?.role !== 'suspect' || followed === undefined) return [];
  const most = names > 1 ? `Most likely ${first.syscall}: ` : '';
  return [sentence(`${most}${followed}.`)];
}

function ofRun(report: Report): Headline | undefined {
  const { denials } = report;
  const where = report.host ? ` on ${nameOfHost(report.host)}` : '';
  const open = mattering(denials).sort(bySeverity);
  const breaking = open.filter(({ consequence }) => consequence.effect === 'breaks');
  if (open.length > 0) {
    const names = namesOf(breaking.length > 0 ? breaking : open);
    const doubtful = namesOf(open).filter((name) => breaking.length > 0 && !names.includes(name));
    const count = plural(names.length, 'refused syscall');
    return {
      level: 'blocked',
      text:
        breaking.length > 0
          ? `${count} can break this build${where}: ${listInWords(names)}`
          : `${count}${where}; whether ${names.length === 1 ? 'it matters' : 'they matter'} is not known: ${listInWords(names)}`,
      details: [
        ...suspicion(breaking, names.length),
        ...(doubtful.length > 0 ? [`Refused too, and not known to matter: ${listInWords(doubtful)}.`] : []),
      ],
    };
  }
  const refused = denials.filter(({ cause }) => byFilter(cause) || cause === 'kernel');
  const succeeded = report.exit?.status === 0 && report.exit.timedOut !== true;
  if (refused.length > 0 && succeeded && refused.every(({ role }) => role === 'harmless')) {
    return {
      level: 'harmless',
      text: `Nothing that was refused${where} matters here: the command succeeded`,
      details: [`Refused: ${listInWords(namesOf(refused))}.`],
    };
  }
  if (refused.length > 0) {
    return {
      level: 'harmless',
      text: `Nothing that was refused${where} should matter: callers fall back`,
      details: [`Refused: ${listInWords(namesOf(refused))}.`],
    };
  }
  const unknown = denials.filter(({ cause }) => cause === 'unknown');
  if (unknown.length > 0) {
    return {
      level: 'undecided',
      text: `${plural(namesOf(unknown).length, 'syscall')} failed and the cause is not known: ${listInWords(namesOf(unknown))}`,
      details: ['Name the host it ran on to have it checked.'],
    };
  }
  if (denials.length > 0) {
    return {
      level: 'clean',
      text: `No syscall was refused by a filter${where}`,
      details: [
        `The kernel itself said no to ${listInWords(namesOf(denials))}: another profile would not help.`,
      ],
    };
  }
  return undefined;
}

/** Groups of hosts that answer alike count as what they are. */
export function countHosts(hosts: readonly HostBlocked[]): number {
  return hosts.reduce((sum, { alike }) => sum + (alike ?? 1), 0);
}

/** `docker@18.09.9` while there are few, else `312 of 480 hosts`. */
function onHosts(some: readonly HostBlocked[], all: readonly HostBlocked[]): string {
  const [count, total] = [countHosts(some), countHosts(all)];
  if (count > 3 || some.some(({ alike }) => alike !== undefined)) {
    return count === total ? `all ${total} hosts` : `${count} of ${total} hosts`;
  }
  return count === total && count > 1
    ? `all ${total} hosts`
    : some.map(({ host }) => host.expression).join(', ');
}

/** The verdict of a whole report, in one line. */
export function headlineOf(report: Report): Headline {
  const exit = report.exit && report.exit.status !== 0 ? [`${sentence(exitInWords(report.exit))}.`] : [];
  const run = ofRun(report);
  const blocking = hostsThatBlock(report.hosts);
  if (run?.level === 'blocked') return { ...run, details: [...run.details, ...hostsLine(report), ...exit] };
  if (blocking.length > 0) {
    const names = namesOf(blocking.flatMap(({ blocked }) => mattering(blocked)).sort(bySeverity));
    return {
      level: 'blocked',
      text: `Would be refused on ${onHosts(blocking, report.hosts)}: ${listInWords(names)}`,
      details: exit,
    };
  }
  if (run) return { ...run, details: [...run.details, ...exit] };
  const harmless = report.hosts.filter(({ blocked }) => blocked.length > 0);
  if (harmless.length > 0) {
    return {
      level: 'harmless',
      text: 'Nothing that would be refused should matter: callers fall back',
      details: [`Refused: ${listInWords(namesOf(harmless.flatMap(({ blocked }) => blocked)))}.`, ...exit],
    };
  }
  return {
    level: 'clean',
    text:
      report.hosts.length > 0
        ? `Nothing would be refused on ${onHosts(report.hosts, report.hosts).replace(/^all (?=\d)/, 'any of the ')}`
        : 'No syscall was refused',
    details: exit,
  };
}

function hostsLine(report: Report): readonly string[] {
  const blocking = hostsThatBlock(report.hosts);
  if (report.hosts.length === 0) return [];
  return [
    `Of ${plural(countHosts(report.hosts), 'host')} asked, ${countHosts(blocking)} would refuse a call that matters.`,
  ];
}

const nameOfAllowed = (entry: Fix['allow'][number]): string =>
  typeof entry === 'string' ? entry : `${entry.name} (with conditions on its arguments)`;

export const isEmptyFix = (fix: Fix): boolean =>
  fix.allow.length === 0 && fix.enosys.length === 0 && (fix.enosysArgs ?? []).length === 0;

/** The fix in sentences. */
export function fixInWords(fix: Fix): readonly string[] {
  const out: string[] = [];
  if (fix.enosys.length > 0) {
    out.push(
      `Answer ENOSYS instead of EPERM to ${fix.enosys.join(', ')}: this grants nothing, callers fall back to an older syscall.`,
    );
  }
  const some = [...new Set((fix.enosysArgs ?? []).map(({ name }) => name))];
  if (some.length > 0) out.push(`Answer ENOSYS to some values of ${some.join(', ')}: this grants nothing.`);
  if (fix.allow.length > 0) out.push(`Allow ${fix.allow.map(nameOfAllowed).join(', ')}.`);
  if (isEmptyFix(fix)) out.push('No change to the profile is needed.');
  return out;
}

/** A fix in sentences, with what no rule can cure. */
export function fixLines({ fix, limits = [] }: NonNullable<Report['fix']>): readonly string[] {
  return [...fixInWords(fix), ...limits.map((limit) => `${sentence(limitPhrase(limit))}.`)];
}

/**
 * Entries for the `syscalls` list of a Docker or OCI profile. Where a host drops errnoRet, a rule that carries one would
 * return EPERM, and one equal to the default keeps its containers from starting: it is not written.
 */
export function fixAsProfileEntries({ fix, limits = [] }: NonNullable<Report['fix']>): readonly object[] {
  const plain = fix.allow.filter((entry) => typeof entry === 'string');
  const errno = !limits.some(({ kind }) => kind === 'errno-not-passed');
  return [
    ...(errno && fix.enosys.length > 0
      ? [{ names: fix.enosys, action: 'SCMP_ACT_ERRNO', errnoRet: 38 }]
      : []),
    ...(errno ? (fix.enosysArgs ?? []) : []).map(({ name, args }) => ({
      names: [name],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: 38,
      args,
    })),
    ...(plain.length > 0 ? [{ names: plain, action: 'SCMP_ACT_ALLOW' }] : []),
    ...fix.allow.flatMap((entry) =>
      typeof entry === 'string' ? [] : [{ names: [entry.name], action: 'SCMP_ACT_ALLOW', args: entry.args }],
    ),
  ];
}

/** The entries as JSON, a line for each. */
export function entriesText(entries: readonly object[]): string {
  return `[\n${entries.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]`;
}

/** How far a fix can be trusted: predicted, or proven and how. */
export function basisInWords(fix: NonNullable<Report['fix']>): string {
  if (fix.basis === 'predicted') return 'predicted from the trace, not tried';
  switch (fix.guarantee) {
    case 'smallest':
      return 'proven by running the command again; no smaller change works';
    case '1-minimal':
      return 'proven by running the command again; no single part can be left out';
    default:
      return 'found by running the command again; the search was stopped early';
  }
}
