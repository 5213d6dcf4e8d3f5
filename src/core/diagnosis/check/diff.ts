import { compareText } from '../../documents/severity.ts';
import type { Expected, ExpectedDenial } from './expected.ts';

export type ChangeKind = 'newly-blocked' | 'newly-allowed' | 'changed';

/** How the verdict on one syscall of one ABI changed on one host. */
export interface VerdictChange {
  readonly host: string;
  readonly kind: ChangeKind;
  readonly syscall: string;
  readonly abi: string;
  readonly before: readonly ExpectedDenial[];
  readonly after: readonly ExpectedDenial[];
  /** Newly blocked, killed where it was refused, or refused with an errno that nothing falls back on. */
  readonly worse: boolean;
}

function byCall(denials: readonly ExpectedDenial[]): ReadonlyMap<string, readonly ExpectedDenial[]> {
  const map = new Map<string, ExpectedDenial[]>();
  for (const denial of denials) {
    const key = `${denial.syscall} ${denial.abi}`;
    const known = map.get(key);
    if (known) known.push(denial);
    else map.set(key, [denial]);
  }
  return map;
}

/** Allowed, survived, breaks the caller, kills it. */
function severity(denials: readonly ExpectedDenial[]): number {
  return Math.max(0, ...denials.map(({ errno, matters }) => (errno === 'SIGSYS' ? 3 : matters ? 2 : 1)));
}

const text = (denials: readonly ExpectedDenial[]): string =>
  denials
    .map(({ errno, cause, matters }) => `${errno} ${cause} ${matters}`)
    .sort()
    .join('; ');

/** The changes from `before` to `after` on the hosts that both judge; hosts in the order of `after`. */
export function diffVerdicts(before: Expected, after: Expected): readonly VerdictChange[] {
  const changes: VerdictChange[] = [];
  for (const [host, denials] of Object.entries(after.hosts)) {
    const expected = before.hosts[host];
    if (!expected) continue;
    const was = byCall(expected);
    const is = byCall(denials);
    for (const key of [...new Set([...was.keys(), ...is.keys()])].sort(compareText)) {
      const [syscall = '', abi = ''] = key.split(' ');
      const old = was.get(key) ?? [];
      const now = is.get(key) ?? [];
      if (text(old) === text(now)) continue;
      const kind: ChangeKind =
        old.length === 0 ? 'newly-blocked' : now.length === 0 ? 'newly-allowed' : 'changed';
      changes.push({
        host,
        kind,
        syscall,
        abi,
        before: old,
        after: now,
        worse: severity(now) > severity(old),
      });
    }
  }
  return changes;
}
