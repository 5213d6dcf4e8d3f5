import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { fail, ok, type Result } from '../../core/failure.ts';
import type { Abi } from '../../core/linux/abi.ts';
import { parseArch } from '../../core/linux/arch.ts';
import type { KernelVersion } from '../../core/seccomp/profile/target.ts';

export interface Machine {
  readonly arch: Abi;
  readonly kernel: KernelVersion;
  /** `uname -r` as it is. */
  readonly release: string;
}

/** The machine this program runs on. */
export function runningMachine(): Result<Machine> {
  const arch = parseArch(process.arch);
  const text = release();
  const version = /^(\d+)\.(\d+)/.exec(text);
  if (arch === undefined) return fail('missing', `the architecture ${process.arch} is not in the tables`);
  if (!version) return fail('missing', `the kernel's version is not understood: ${text}`);
  return ok({ arch, kernel: { major: Number(version[1]), minor: Number(version[2]) }, release: text });
}

/** How many files a process may have open here; undefined where that is not told. */
function openFilesLimit(): number | undefined {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return found === undefined ? undefined : Number(found);
  } catch {
    return undefined;
  }
}

/** What loading our own parts takes, with room to spare. */
const FILES_NEEDED = 128;

/** A failure where so few files may be open that we would run out of them while a command runs. */
export function tooFewFiles(): Result<never> | undefined {
  const limit = openFilesLimit();
  if (limit === undefined || limit >= FILES_NEEDED) return undefined;
  return fail(
    'missing',
    `only ${limit} files may be open at a time here; recording a command takes ${FILES_NEEDED}`,
    {
      hint: 'raise the limit, for example: ulimit -n 1024',
    },
  );
}

/** Whether a seccomp filter is on this process already, and so on everything that it starts. */
export function underFilter(): boolean {
  try {
    return /^Seccomp:\s*2$/m.test(readFileSync('/proc/self/status', 'utf8'));
  } catch {
    return false;
  }
}
