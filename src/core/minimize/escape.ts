import { refusal } from '../diagnosis/errno.ts';
import type { HostModel } from '../hosts/host.ts';
import { syscallNumber } from '../linux/numbers.ts';
import { danger, escapeSyscalls } from '../linux/risk.ts';
import { cloneFlagsIndex } from '../strace/grammar/arguments.ts';

/** A known way out of a container, or into the kernel, that a profile leaves open. */
export interface Escape {
  readonly syscall: string;
  readonly route: string;
  readonly weight: number;
  readonly why: string;
  readonly source: string;
}

const CLONE_NEWUSER = 0x10000000n;

/** The ways out that are open on `host`, and are not on `before`, the worst first. Of clone, a new user namespace is asked for. */
export function escapesOf(host: HostModel, before?: HostModel): readonly Escape[] {
  const { arch } = host.identity;
  return escapeSyscalls()
    .flatMap((syscall): Escape[] => {
      const nr = syscallNumber(syscall, arch);
      if (nr === undefined) return [];
      const args = [0n, 0n, 0n, 0n, 0n, 0n];
      if (syscall === 'clone') args[cloneFlagsIndex(arch)] = CLONE_NEWUSER;
      const call = { nr, abi: arch, name: syscall, args };
      const open = (model: HostModel) => refusal(model.answer(call).action) === undefined;
      if (!open(host) || (before && open(before))) return [];
      const { escape: route, ...risk } = danger(syscall);
      return [{ syscall, route: route!, ...risk }];
    })
    .sort((a, b) => b.weight - a.weight);
}
