import type { FixLimit } from '../../core/documents/denial.ts';
import { listInWords } from './text.ts';

const MOST_NAMES = 10;

/** What no rule of a profile can cure, as a clause without a full stop. */
export function limitPhrase(limit: FixLimit): string {
  switch (limit.kind) {
    case 'kernel-lacks': {
      const { syscalls, hosts } = limit;
      const where =
        hosts.length === 0
          ? ''
          : ` on ${hosts.length > 3 ? `${hosts.length} of the hosts` : hosts.join(', ')}`;
      const them = syscalls.length === 1 ? 'it' : 'them';
      return `no profile helps with ${listInWords(syscalls, MOST_NAMES)}${where}: the kernel itself refuses ${them}`;
    }
    case 'errno-not-passed': {
      const { syscalls, hosts } = limit;
      const where = hosts.length > 3 ? `${hosts.length} of the hosts` : hosts.join(', ');
      return `no rule returns ENOSYS for ${listInWords(syscalls, MOST_NAMES)} on ${where}: the engine or runtime there drops errnoRet, so upgrade it first`;
    }
    case 'architecture-missing':
      return `the profile has to list the architecture ${limit.architectures.join(', ')}: no rule reaches its calls`;
  }
}
