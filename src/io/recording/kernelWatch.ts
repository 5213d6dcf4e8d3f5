import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KernelRecordReader, type KernelRecords } from '../../core/diagnosis/confirm/kernelRecords.ts';
import { fail, ok, type Result } from '../../core/failure.ts';
import { HELPERS } from '../engines/helpers.gen.ts';
import { temporaryFolder } from '../files/temporary.ts';
import { runningMachine } from '../machine/machine.ts';
import { keepTail, start } from '../process/exec.ts';

/** CAP_SYS_ADMIN and CAP_PERFMON of linux/capability.h. */
const ENOUGH = [21n, 38n];

/** Whether we may open perf events of others, as far as our own status tells: trying costs a program started. */
export function mayWatchKernel(): boolean {
  try {
    const hex = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
    return ENOUGH.some((bit) => (BigInt(`0x${hex}`) >> bit) & 1n);
  } catch {
    return false;
  }
}

/** The kernel's tracepoints of some threads and of all that they start. */
export interface KernelWatch {
  /** Settles when the last of the threads has ended. */
  readonly over: Promise<void>;
  /** Stops looking; what was seen. */
  stop(): Promise<KernelRecords>;
}

/**
 * Watches these threads of this machine (pids of our own namespace) from now on: nothing of what they do is missed once
 * it settles. A failure where the kernel does not let us.
 */
export async function watchKernel(tids: readonly number[]): Promise<Result<KernelWatch>> {
  const machine = runningMachine();
  if (!machine.ok) return machine;
  const { arch } = machine.value;
  const helper = HELPERS[arch]?.watch;
  if (helper === undefined) return fail('missing', `there is no program to watch the kernel on ${arch}`);
  const folder = temporaryFolder();
  const reader = new KernelRecordReader(arch);
  try {
    const program = join(folder, 'watch');
    writeFileSync(program, Buffer.from(helper, 'base64'));
    chmodSync(program, 0o700);
    const started = start(program, tids.map(String), { stdio: 'converse', ownSession: true });
    const said = keepTail(started.stderr, 4096);
    let begin = (): void => {};
    const ready = new Promise<boolean>((settle) => {
      begin = () => settle(true);
      void started.ended.then(() => settle(false));
    });
    const drained = new Promise<void>((settle) => {
      started.stdout?.setEncoding('latin1');
      started.stdout?.on('data', (text: string) => {
        if (text.startsWith('ready')) begin();
        reader.push(text);
      });
      started.stdout?.once('close', settle);
    });
    if (!(await ready)) {
      const { missing, signal } = await started.ended;
      const why = missing ?? (said().trim() || signal || 'it ended at once');
      return fail('missing', `the kernel's tracepoints can't be watched: ${why}`, {
        hint: 'run as root, or with CAP_PERFMON and CAP_SYS_ADMIN',
      });
    }
    const over = started.ended.then(() => {});
    return ok({
      over,
      async stop() {
        started.stdin?.end();
        await drained;
        return reader.result();
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
