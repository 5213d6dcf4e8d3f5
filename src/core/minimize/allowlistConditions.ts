import { abiInfo } from '../linux/abi.ts';
import type { Condition } from '../seccomp/profile/policy.ts';
import { cloneFlagsIndex } from '../strace/grammar/arguments.ts';
import type { Call } from '../strace/grammar/event.ts';

/**
 * Arguments that an allowlist learns conditions from, beside the flags of clone: registers whose values mean the same in every
 * run, where another value is another right. What is behind a pointer (clone3, an address to connect to) no filter can look at.
 */
export const LEARNT_ARGUMENTS: Readonly<Record<string, readonly number[]>> = {
  ioctl: [1],
  mmap: [2],
  mmap2: [2],
  mprotect: [2],
  personality: [0],
  pkey_mprotect: [2],
  prctl: [0],
  socket: [0],
};

/** More values than this are not worth a rule each. */
const MOST_VALUES = 32;
const INT = 0xffffffffn;
const PROT_WRITE = 2n;
const PROT_EXEC = 4n;
/** CLONE_NEWTIME is no flag of clone: its bit is part of the signal. */
export const NAMESPACES = 0x7e020000n;

const masked = (index: number, value: bigint, valueTwo = 0n): Condition => ({
  index,
  op: 'MASKED_EQ',
  value,
  valueTwo,
});

/** Conditions that let through the calls seen, alternatives of ANDed tests; empty where a value is not known, or they are too many. */
export function learntConditions(name: string, calls: readonly Call[]): readonly (readonly Condition[])[] {
  if (name !== 'clone' && LEARNT_ARGUMENTS[name] === undefined) return [];
  const values = new Set<bigint>();
  for (const call of calls) {
    const value = call.args[indexOf(name, call)];
    // i386's and s390's mmap takes its arguments in memory.
    if (value === undefined || (name === 'mmap' && abiInfo(call.abi).bits === 32)) return [];
    values.add(value & INT);
  }
  const [first] = calls;
  if (!first || values.size > MOST_VALUES) return [];
  const index = indexOf(name, first);
  const sorted = [...values].sort((a, b) => (a < b ? -1 : 1));
  const all = sorted.reduce((union, value) => union | value, 0n);
  switch (name) {
    case 'clone':
      // No flag beyond those seen. The lowest byte is the signal at the end, no privilege.
      return [[masked(index, ~(all | 0xffn) & INT)]];
    case 'mmap':
    case 'mmap2':
    case 'mprotect':
    case 'pkey_mprotect':
      return protections(index, sorted, all);
    case 'socket':
    case 'personality':
      return sorted.map((value) => [{ index, op: 'EQ', value, valueTwo: 0n }]);
    default:
      // The kernel takes an int: what is above it says nothing.
      return sorted.map((value) => [masked(index, INT, value)]);
  }
}

/** Memory is writable or executable, never both, unless that was seen; never executable where that was not. */
function protections(
  index: number,
  values: readonly bigint[],
  all: bigint,
): readonly (readonly Condition[])[] {
  if (values.some((value) => (value & PROT_WRITE) !== 0n && (value & PROT_EXEC) !== 0n)) return [];
  const notExecutable = [masked(index, PROT_EXEC)];
  return (all & PROT_EXEC) === 0n ? [notExecutable] : [notExecutable, [masked(index, PROT_WRITE)]];
}

function indexOf(name: string, { abi }: Call): number {
  return name === 'clone' ? cloneFlagsIndex(abi) : LEARNT_ARGUMENTS[name]![0]!;
}

/** What a runtime may do with these, known from its code: threads, but no namespaces; memory, but none to execute. */
export function runtimeConditions(name: string, index: 0 | 1): readonly Condition[] {
  if (name === 'clone') return [masked(index, NAMESPACES)];
  if (name === 'mmap' || name === 'mmap2') return [masked(2, PROT_EXEC)];
  return [];
}
