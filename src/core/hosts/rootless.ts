import { EPERM } from '../linux/errno.ts';
import { initialCapability, syscallName } from '../linux/numbers.ts';
import type { Action } from '../seccomp/profile/action.ts';
import type { Verdict } from '../seccomp/profile/verdict.ts';
import type { HostModel } from './host.ts';
import { certainly } from './model.ts';

const REFUSED: Action = { kind: 'errno', value: EPERM };

/** Which argument of these holds the mode, and the types of a mode that are devices (S_IFCHR, S_IFBLK). */
const MODE_OF: Readonly<Record<string, number>> = { mknod: 1, mknodat: 2 };
const TYPE = 0xf000n;
const DEVICES = [0x2000n, 0x6000n];

/** What gets through the filter of a rootless container, as the kernel then decides within its user namespace. */
export function inUserNamespace(answer: HostModel['answer']): HostModel['answer'] {
  return (call): Verdict => {
    const verdict = answer(call);
    if (verdict.action.kind !== 'allow' && verdict.action.kind !== 'log') return verdict;
    const syscall = syscallName(call.nr, call.abi) ?? call.name;
    const capability = initialCapability(syscall);
    if (capability !== undefined) return certainly(REFUSED, { kind: 'user-namespace', syscall, capability });
    const index = Object.hasOwn(MODE_OF, syscall) ? MODE_OF[syscall]! : undefined;
    if (index === undefined) return verdict;
    const mode = call.args[index];
    const refused = certainly(REFUSED, { kind: 'user-namespace', syscall, capability: 'CAP_MKNOD' });
    if (mode === undefined)
      return { ...verdict, conditional: true, alternatives: [...verdict.alternatives, REFUSED] };
    return DEVICES.includes(mode & TYPE) ? { ...refused, conditional: true } : verdict;
  };
}
