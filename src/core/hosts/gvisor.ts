import { fail, ok, type Result } from '../failure.ts';
import type { Abi } from '../linux/abi.ts';
import { errnoNumber } from '../linux/errno.ts';
import { canonicalName } from '../linux/numbers.ts';
import type { Action } from '../seccomp/profile/action.ts';
import type { Verdict } from '../seccomp/profile/verdict.ts';
import { TEXT } from './gvisor.gen.ts';
import type { HostIdentity, HostModel } from './host.ts';
import { certainly } from './model.ts';

/** Shape of gvisor.gen.ts; releases are `YYYYMMDD.N`. */
interface Table {
  /** First and last release that was read. */
  readonly first: string;
  readonly last: string;
  /** [release-YYYYMMDD.N, what uname says from then on]. */
  readonly kernelRelease: readonly (readonly [string, string])[];
  /** What the sentry asks for where the state is `cap`, without `CAP_`. */
  readonly capabilities: Readonly<Record<string, string>>;
  /** [runsc's flag, release from which on it is needed]: without it the call is ENOSYS although it is implemented. */
  readonly behindFlag: Readonly<Record<string, readonly [flag: string, release: string]>>;
  /** Names that only the table of amd64 has although arm64 has a number for them. */
  readonly amd64Only: readonly string[];
  /**
   * Per name: [release, state] changes. `yes` and `part`: implemented; `cap`: EPERM without a capability, else ENOSYS;
   * an errno: always that.
   */
  readonly syscalls: Readonly<Record<string, readonly (readonly [string, string])[]>>;
}

/** The first release whose table was read as a whole. */
const FIRST_COMPLETE = '20190722.1';

let parsed: Table | undefined;

function table(): Table {
  parsed ??= JSON.parse(TEXT) as Table;
  return parsed;
}

function changesOf(name: string): readonly (readonly [string, string])[] {
  const { syscalls } = table();
  return Object.hasOwn(syscalls, name) ? syscalls[name]! : [];
}

/** Days on which a release changed what some syscall answers: one host per different behaviour. */
export function gvisorDates(): readonly string[] {
  const days = Object.values(table().syscalls).flatMap((changes) =>
    changes.map(([release]) => release.slice(0, 8)),
  );
  return [...new Set([...days, table().last.slice(0, 8)])].sort();
}

/** What uname says in a sandbox of that day. */
function kernelAt(day: string): string {
  let text = table().kernelRelease[0]![1];
  for (const [release, kernel] of table().kernelRelease) {
    if (day >= release.replace('release-', '').slice(0, 8)) text = kernel;
  }
  return text;
}

export interface GvisorRequest {
  readonly expression: string;
  readonly date: string | undefined;
  readonly arch: Abi;
  readonly archAssumed: boolean;
  readonly caps: ReadonlySet<string>;
  readonly capsAssumed: boolean;
}

/** gVisor: the sentry is the kernel, there is no filter, and the table is that of the newest release at the date. */
export function gvisorHost(request: GvisorRequest): Result<HostModel> {
  const { first, last } = table();
  const text = request.date ?? last.slice(0, 8);
  const found = /^(?:release-)?(\d{4})-?(\d{2})-?(\d{2})(?:\.\d+)?$/.exec(text);
  const day = found ? `${found[1]}${found[2]}${found[3]}` : undefined;
  if (day === undefined || !isDay(Number(found![1]), Number(found![2]), Number(found![3]))) {
    return fail('usage', `gvisor@${text} is not a date`, {
      hint: `write gvisor@YYYYMMDD, for example gvisor@${last.slice(0, 8)}`,
    });
  }
  if (day < first.slice(0, 8)) {
    return fail('usage', `gvisor@${text} is older than the tables, which begin with release-${first}`, {
      hint: `did you mean gvisor@${first.slice(0, 8)}?`,
    });
  }
  const notes = [
    "a sandbox's own kernel answers; a seccomp profile is ignored unless runsc runs with --oci-seccomp",
  ];
  if (day > last.slice(0, 8))
    notes.push(`the tables end with release-${last}; that release stands in for ${day}`);
  if (request.arch !== 'x86_64') notes.push(`the tables are of amd64; ${request.arch} is answered by name`);
  const identity: HostIdentity = {
    expression: request.expression,
    engine: 'gvisor',
    version: day,
    runtime: 'runsc',
    runtimeVersion: day,
    libseccomp: 'none',
    kernel: kernelAt(day),
    arch: request.arch,
    assumed: [
      ...(request.date === undefined ? (['version'] as const) : []),
      ...(request.archAssumed ? (['arch'] as const) : []),
      ...(request.capsAssumed ? (['caps'] as const) : []),
    ],
    notes,
  };
  return ok({
    identity,
    policy: undefined,
    target: undefined,
    answer: ({ abi, name }) => answerOf(name, abi, day, request),
  });
}

function isDay(year: number, month: number, day: number): boolean {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return days !== undefined && day >= 1 && day <= days;
}

function answerOf(name: string, abi: Abi, day: string, { arch, caps }: GvisorRequest): Verdict {
  const errno = (text: string): Action => ({ kind: 'errno', value: errnoNumber(text)! });
  if (abi !== arch) return certainly(errno('ENOSYS'), { kind: 'gvisor-architecture', runs: arch });
  const { capabilities, behindFlag, amd64Only } = table();
  const known = canonicalName(name, abi) ?? name;
  const changes = arch === 'x86_64' || !amd64Only.includes(known) ? changesOf(known) : [];
  // The releases before the first complete table are answered as that one; what came later was absent before.
  let state = changes[0]?.[0] === FIRST_COMPLETE ? changes[0][1] : undefined;
  for (const [release, next] of changes) if (release.slice(0, 8) <= day) state = next;
  const because = { kind: 'gvisor', release: day } as const;
  const [flag, needed] = (Object.hasOwn(behindFlag, known) ? behindFlag[known] : undefined) ?? [];
  if (flag !== undefined && needed !== undefined && needed.slice(0, 8) <= day)
    return certainly(errno('ENOSYS'), { ...because, state: 'flag-missing', flag });
  switch (state) {
    case 'yes':
      return certainly({ kind: 'allow' }, { ...because, state: 'implemented' });
    case 'part':
      return certainly({ kind: 'allow' }, { ...because, state: 'partial' });
    case undefined:
    case 'ENOSYS':
      return certainly(errno('ENOSYS'), { ...because, state: 'missing' });
    case 'cap': {
      const capability = `CAP_${capabilities[known] ?? 'SYS_ADMIN'}`;
      return caps.has(capability)
        ? certainly(errno('ENOSYS'), { ...because, state: 'capability-held', capability })
        : certainly(errno('EPERM'), { ...because, state: 'capability-missing', capability });
    }
    default:
      return certainly(errno(state), { ...because, state: 'errno', errno: state });
  }
}

/** The day from which on gVisor has (a part of) a syscall without a break; undefined while it has not. */
export function gvisorSince(name: string): string | undefined {
  let since: string | undefined;
  for (const [release, state] of changesOf(name)) {
    const has = state === 'yes' || state === 'part';
    if (!has) since = undefined;
    else since ??= release === FIRST_COMPLETE ? table().first.slice(0, 8) : release.slice(0, 8);
  }
  return since;
}
