import type { Abi } from '../linux/abi.ts';
import { errnoNumber } from '../linux/errno.ts';
import { syscallNumber } from '../linux/numbers.ts';
import type { Action } from '../seccomp/profile/action.ts';
import { profileOrigin } from '../seccomp/profile/origin.ts';
import type { AbiPolicy, Policy, PolicyRule } from '../seccomp/profile/policy.ts';
import type { LibseccompRules } from '../seccomp/profile/target.ts';
import type { NspawnTable } from './sandboxTable.ts';
import { membersOf, type Sets } from './unitPolicy.ts';

/** NETLINK_AUDIT of AF_NETLINK, which a container is told that the kernel does not have. */
const AUDIT = { family: 16n, protocol: 9n };

const errno = (name: string): Action => ({ kind: 'errno', value: errnoNumber(name)! });

/**
 * The filters of systemd-nspawn as one: what it allows, EPERM for what systemd knows besides, `unknown` for everything
 * else. It loads one for each architecture of the machine and lets the others through.
 */
export function nspawnPolicy(
  { allow, capabilities }: NspawnTable,
  {
    sets,
    caps,
    unknown,
    abis,
    libseccomp,
  }: {
    readonly sets: Sets;
    /** `CAP_…` names that the container has. */
    readonly caps: ReadonlySet<string>;
    readonly unknown: 'EPERM' | 'ENOSYS';
    readonly abis: readonly Abi[];
    readonly libseccomp: LibseccompRules;
  },
): Policy {
  const gained = Object.entries(capabilities).flatMap(([item, cap]) =>
    caps.has(`CAP_${cap}`) ? [item] : [],
  );
  const allowed = new Set([...allow, ...gained].flatMap((item) => membersOf(item, sets) ?? [item]));
  const known = membersOf('@known', sets)!;
  const skipped = new Set<string>();
  const groups: readonly { readonly names: readonly string[]; readonly action: Action }[] = [
    { names: [...allowed], action: { kind: 'allow' } },
    { names: known.filter((name) => !allowed.has(name)), action: errno('EPERM') },
  ];
  const sections = abis.map((abi): AbiPolicy => {
    const rules = new Map<number, PolicyRule[]>();
    for (const [index, { names, action }] of groups.entries()) {
      const rule: PolicyRule = { conditions: [], action, origin: profileOrigin(index, names, action.kind) };
      for (const name of names) {
        if (!libseccomp.knows(name)) skipped.add(name);
        const nr = libseccomp.number(name, abi);
        if (nr !== undefined && !rules.has(nr)) rules.set(nr, [rule]);
      }
    }
    const socket = auditSocket(abi);
    if (socket) rules.set(socket.nr, [socket.rule, ...(rules.get(socket.nr) ?? [])]);
    return { abi, rules };
  });
  return {
    abis: sections,
    defaultAction: errno(unknown),
    badArchAction: { kind: 'allow' },
    skipped: [...skipped].sort(),
  };
}

/** libseccomp refuses the rule where socket() may come as socketcall(): nspawn then goes without it. */
function auditSocket(abi: Abi): { readonly nr: number; readonly rule: PolicyRule } | undefined {
  const nr = syscallNumber('socket', abi);
  if (nr === undefined || syscallNumber('socketcall', abi) !== undefined) return undefined;
  const equal = (index: number, value: bigint) => ({ index, op: 'EQ' as const, value, valueTwo: 0n });
  const action = errno('EAFNOSUPPORT');
  const rule: PolicyRule = {
    conditions: [equal(0, AUDIT.family), equal(2, AUDIT.protocol)],
    action,
    origin: profileOrigin(2, ['socket'], action.kind),
  };
  return { nr, rule };
}
