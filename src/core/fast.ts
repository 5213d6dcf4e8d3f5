import type { HostModel } from './hosts/host.ts';
import type { Verdict } from './profile/verdict.ts';
import type { Abi } from './syscalls/abi.ts';
import { syscallNames, syscallNumber } from './syscalls/numbers.ts';

/** 32-bit programs run on these 64-bit machines too, and hosts judge them by other numbers. */
const COMPATIBLE: Partial<Record<Abi, readonly Abi[]>> = {
  x86_64: ['x86_64', 'x86'],
  aarch64: ['aarch64', 'arm'],
  mips64: ['mips64', 'mips64n32', 'mips'],
  mipsel64: ['mipsel64', 'mipsel64n32', 'mipsel'],
  s390x: ['s390x', 's390'],
  ppc64: ['ppc64', 'ppc'],
};

/**
 * Syscalls whose arguments some default profile of some engine tests. Their values must be recorded raw, so that a trace
 * can be judged against hosts that nobody thought of when it was made.
 */
const TESTED_SOMEWHERE = ['clone', 'ipc', 'personality', 'socket', 'socketcall'];

/** Syscalls that not every one of `hosts` allows whatever their arguments: fast mode stops at these only. */
export function deniedSomewhere(hosts: readonly HostModel[], running: Abi): readonly string[] {
  return namesWhere(
    hosts,
    running,
    ({ action, alternatives }) => action.kind !== 'allow' || alternatives.length > 0,
  );
}

/** Syscalls to record with raw arguments: what `hosts` test, and what any default profile does. */
export function testedArguments(hosts: readonly HostModel[], running: Abi): readonly string[] {
  const here = namesWhere(
    hosts,
    running,
    ({ conditional, alternatives }) => conditional || alternatives.length > 0,
  );
  return [...new Set([...TESTED_SOMEWHERE, ...here])].sort();
}

function namesWhere(
  hosts: readonly HostModel[],
  running: Abi,
  wanted: (verdict: Verdict) => boolean,
): string[] {
  const abis = COMPATIBLE[running] ?? [running];
  return syscallNames().filter((name) =>
    abis.some((abi) => {
      const nr = syscallNumber(name, abi);
      return nr !== undefined && hosts.some((host) => wanted(host.answer({ abi, nr, name, args: [] })));
    }),
  );
}
