import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { fail, ok, type Result } from '../core/failure.ts';
import type { KernelVersion } from '../core/profile/target.ts';
import type { Abi } from '../core/syscalls/abi.ts';
import { parseArch } from '../core/syscalls/arch.ts';

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

/** Whether a seccomp filter is on this process already, and so on everything that it starts. */
export function underFilter(): boolean {
  try {
    return /^Seccomp:\s*2$/m.test(readFileSync('/proc/self/status', 'utf8'));
  } catch {
    return false;
  }
}
