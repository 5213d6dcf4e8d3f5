import type { Result } from '../failure.ts';
import type { Abi } from '../linux/abi.ts';
import { syscallNames, syscallNumber } from '../linux/numbers.ts';
import { compile } from '../seccomp/filter/compile.ts';
import type { Program } from '../seccomp/filter/instruction.ts';
import type { AbiPolicy, PolicyRule } from '../seccomp/profile/policy.ts';
import type { Verdict } from '../seccomp/profile/verdict.ts';
import type { HostModel } from './host.ts';

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

/** What to ask of strace so that a recording can be judged against `hosts`. */
export interface InQuestion {
  /** Syscalls that not every host allows whatever their arguments. */
  readonly denied: readonly string[];
  /** The others: fast mode never stops at these. */
  readonly allowed: readonly string[];
  /** Syscalls to record with raw arguments: what the hosts test, and what any default profile does. */
  readonly tested: readonly string[];
}

/** Asks every host about every syscall, on each ABI that programs of the machine `running` can use. */
export function callsInQuestion(hosts: readonly HostModel[], running: Abi): InQuestion {
  const abis = COMPATIBLE[running] ?? [running];
  const denied: string[] = [];
  const allowed: string[] = [];
  const tested = new Set(TESTED_SOMEWHERE);
  for (const name of syscallNames()) {
    const verdicts = abis.flatMap((abi) => {
      const nr = syscallNumber(name, abi);
      return nr === undefined ? [] : hosts.map((host) => host.answer({ abi, nr, name, args: [] }));
    });
    const choice = ({ alternatives }: Verdict): boolean => alternatives.length > 0;
    const always = verdicts.every((verdict) => verdict.action.kind === 'allow' && !choice(verdict));
    (always ? allowed : denied).push(name);
    if (verdicts.some((verdict) => verdict.conditional || choice(verdict))) tested.add(name);
  }
  return { denied, allowed, tested: [...tested].sort() };
}

/**
 * A filter that stops at these calls for the tracer. strace makes one of its own, but of numbers that are newer than it
 * is that one lets most pass (binary_match_filter_generator in strace 6.1), and it is the new calls that hosts refuse.
 */
export function stopsAt(names: readonly string[], running: Abi): Result<Program> {
  const stop: PolicyRule = {
    conditions: [],
    action: { kind: 'trace', value: 0 },
    origin: { from: 'trace-build' },
  };
  const abis = (COMPATIBLE[running] ?? [running]).map((abi): AbiPolicy => {
    const numbers = names.flatMap((name) => syscallNumber(name, abi) ?? []);
    return { abi, rules: new Map(numbers.map((nr) => [nr, [stop]])) };
  });
  const free = { kind: 'allow' } as const;
  return compile({ abis, defaultAction: free, badArchAction: free, skipped: [] });
}
