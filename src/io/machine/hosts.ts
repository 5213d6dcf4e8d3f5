import { fail, ok, type Result } from '../../core/failure.ts';
import type { HostModel } from '../../core/hosts/host.ts';
import { resolveHost, type Surroundings } from '../../core/hosts/resolve/resolve.ts';
import type { Lines } from '../../core/hosts/resolve/surroundings.ts';
import { kernelText } from '../../core/linux/kernel.ts';
import { newestKernel } from '../../core/linux/numbers.ts';
import { readProfileJson } from '../../core/seccomp/profile/readJson.ts';
import { readBounded } from '../files/bounded.ts';
import { runningMachine } from './machine.ts';

async function loadProfile(path: string): Promise<Result<unknown>> {
  const text = await read(path, 'profile', 'write profile:PATH with the path of a JSON profile');
  return text.ok ? readProfileJson(text.value, path) : text;
}

async function read(path: string, what: string, hint: string): Promise<Result<string>> {
  try {
    return ok((await readBounded(path)).toString('utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? `there is no such ${what}`
        : `the ${what} cannot be read: ${code ?? (error as Error).message}`;
    return fail('input', why, { where: { file: path }, hint });
  }
}

/** This machine as the part of a host that an expression leaves open. */
export function surroundings(): Surroundings {
  const machine = runningMachine();
  const linux = process.platform === 'linux' && machine.ok;
  return {
    running: {
      // Where this machine is not Linux, a kernel that has every syscall of the tables.
      kernel: linux ? machine.value.release : kernelText(newestKernel()),
      arch: machine.ok ? machine.value.arch : 'x86_64',
    },
    loadProfile,
    loadText: (path) =>
      read(path, 'unit', 'write systemd-unit:PATH with the path of a unit or a drop-in of systemd'),
  };
}

/** A HOST expression with this machine's kernel and architecture for what it does not say. */
export function openHost(expression: string, lines: Lines = 'newest'): Promise<Result<HostModel>> {
  return resolveHost(expression, { ...surroundings(), lines });
}
