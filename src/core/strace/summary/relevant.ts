import type { Abi } from '../../linux/abi.ts';
import { cloneFlagsIndex } from '../grammar/arguments.ts';

/**
 * Arguments that some known default profile tests: the union over every version of moby's, containers/common's and
 * containerd's profile in facts/ (clone's mask, personality's five values, AF_VSOCK and AF_ALG, NETLINK_AUDIT,
 * Docker 29.4.2's socketcall), plus the first argument of `ipc` and `socketcall`, which libseccomp tests to tell
 * their sub-calls apart. A test compares this table with facts/.
 */
export const RELEVANT_ARGUMENTS: Readonly<Record<string, readonly number[]>> = {
  clone: [0, 1],
  ipc: [0],
  personality: [0],
  socket: [0, 2],
  socketcall: [0, 1],
};

const NONE: readonly number[] = [];

/** Indices of the arguments of a call that decide a verdict; `more` adds those of a profile of one's own. */
export function relevantArguments(
  name: string,
  abi: Abi | undefined,
  more?: (name: string) => readonly number[],
): readonly number[] {
  // Stack addresses would make every clone a distinct call: only the flags count.
  let known: readonly number[] =
    name === 'clone' ? [cloneFlagsIndex(abi)] : (RELEVANT_ARGUMENTS[name] ?? NONE);
  if (!Object.hasOwn(RELEVANT_ARGUMENTS, name)) known = NONE;
  const added = more?.(name) ?? NONE;
  if (added.length === 0) return known;
  return [...new Set([...known, ...added])].sort((a, b) => a - b);
}

/** Names whose arguments decide: record these raw (`strace -e raw=`). */
export function relevantSyscalls(): readonly string[] {
  return Object.keys(RELEVANT_ARGUMENTS);
}
