import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KNOWN_CASES, KNOWN_CASES_32 } from '../../core/diagnosis/machine/cases.ts';
import type { ProbedCall } from '../../core/diagnosis/machine/observed.ts';
import type { Abi } from '../../core/linux/abi.ts';
import { syscallNumber } from '../../core/linux/numbers.ts';
import { HELPERS } from '../engines/helpers.gen.ts';
import { temporaryFolder } from '../files/temporary.ts';
import { capture } from '../process/exec.ts';

interface Answers {
  readonly calls: readonly ProbedCall[];
  readonly trouble?: string;
}

/** errno(3) numbers that matter here; the same on every Linux architecture of `ProbedCall`. */
const ERRNO: Readonly<Record<number, string>> = { 1: 'EPERM', 38: 'ENOSYS' };
const SIGSYS = 31;

/**
 * Really makes each known call, with arguments that no kernel accepts, in a child of its own. Whatever is answered but
 * ENOSYS and EPERM shows that the kernel got as far as looking at the arguments.
 */
export async function probeCalls(arch: Abi): Promise<Answers> {
  const helper = HELPERS[arch]?.probe;
  if (helper === undefined || (arch !== 'x86_64' && arch !== 'aarch64')) {
    return { calls: [], trouble: `there is no probe for ${arch}` };
  }
  const wanted: { readonly key: string; readonly syscall: string; readonly abi: ProbedCall['abi'] }[] = [];
  const add = (abi: ProbedCall['abi'], prefix: string, cases: typeof KNOWN_CASES): void => {
    for (const { syscall } of cases) {
      const nr = syscallNumber(syscall, abi);
      if (nr !== undefined) wanted.push({ key: `${prefix}${nr}`, syscall, abi });
    }
  };
  add(arch, '', KNOWN_CASES);
  if (arch === 'x86_64') add('x86', 'i', KNOWN_CASES_32);

  let folder: string | undefined;
  try {
    folder = temporaryFolder();
    const program = join(folder, 'probe');
    writeFileSync(program, Buffer.from(helper, 'base64'));
    chmodSync(program, 0o700);
    const said = await capture(
      program,
      wanted.map(({ key }) => key),
      { timeoutSeconds: 20 },
    );
    if (said.missing !== undefined || said.status !== 0) {
      return {
        calls: [],
        trouble: `the probe does not run here: ${said.missing ?? (said.signal || `exit status ${said.status}`)}`,
      };
    }
    const answers = new Map(
      said.stdout.split('\n').map((line) => {
        const space = line.indexOf(' ');
        return [line.slice(0, space), line.slice(space + 1)] as const;
      }),
    );
    const calls = wanted.map(({ key, syscall, abi }) => ({
      syscall,
      abi,
      answer: answerOf(answers.get(key)),
    }));
    // int 0x80 without 32-bit support in the kernel is a fault, not an answer.
    return { calls: calls.filter(({ answer }) => answer !== 'fault') };
  } catch (error) {
    return { calls: [], trouble: `the probe can't be written: ${(error as Error).message}` };
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function answerOf(text: string | undefined): string {
  const signal = /^signal (\d+)$/.exec(text ?? '')?.[1];
  if (signal !== undefined) return Number(signal) === SIGSYS ? 'SIGSYS' : 'fault';
  return ERRNO[Number(text)] ?? 'present';
}
