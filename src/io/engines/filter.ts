import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result } from '../../core/failure.ts';
import { places, temporaryFolder } from '../files/temporary.ts';
import type { Job } from './engine.ts';

/** An open, unlinked file: nobody else can read it, and it is gone when it is closed. */
export interface HiddenFile {
  readonly descriptor: number;
  /** Where it was: what /proc/PID/fd says of who has it open, with ` (deleted)` behind it. */
  readonly path: string;
  /** The whole content at this moment. */
  read(): string;
  close(): void;
}

/** What a program may write to an empty one, held ready on the disk: where that is full later, it would wait for ever. */
const ROOM = 4096;

/** Makes one, with `content` to be read by a program that gets the descriptor, or empty to be written to. */
export function hiddenFile(content?: Uint8Array): HiddenFile {
  let refused: unknown;
  for (const place of places()) {
    try {
      return hiddenIn(place, content ?? Buffer.alloc(ROOM));
    } catch (error) {
      refused ??= error;
    }
  }
  throw refused;
}

function hiddenIn(place: string, content: Uint8Array): HiddenFile {
  const folder = temporaryFolder(place);
  try {
    const path = join(folder, 'file');
    writeFileSync(path, content, { mode: 0o600 });
    const descriptor = openSync(path, 'r+');
    return {
      descriptor,
      path,
      read: () => readFileSync(`/proc/self/fd/${descriptor}`, 'utf8').replace(/(?<!\0)\0+$/, ''),
      close: () => closeSync(descriptor),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Filter {
  /** `struct sock_filter[]` in this machine's byte order; undefined where nothing is to be loaded. */
  readonly bytes: Uint8Array | undefined;
  readonly notes: readonly string[];
}

/** The filter to load here: one that stops, or one by which this machine answers as the host would. */
export async function filterFor({ host, stops }: Pick<Job, 'host' | 'stops'>): Promise<Result<Filter>> {
  if (stops !== undefined) {
    const { encodeProgram } = await import('../../core/seccomp/filter/encode.ts');
    return ok({ bytes: encodeProgram(stops, littleEndian()), notes: [] });
  }
  if (host === undefined) return ok({ bytes: undefined, notes: [] });
  const [{ emulate }, { encodeProgram }, { runningMachine }] = await Promise.all([
    import('../../core/hosts/emulation/emulate.ts'),
    import('../../core/seccomp/filter/encode.ts'),
    import('../machine/machine.ts'),
  ]);
  const machine = runningMachine();
  if (!machine.ok) return machine;
  const emulation = emulate(host, machine.value);
  if (!emulation.ok) return emulation;
  const { policy, program, notes } = emulation.value;
  // Nothing to refuse: a filter that allows everything would only slow down.
  if (policy.defaultAction.kind === 'allow' && policy.abis.every(({ rules }) => rules.size === 0)) {
    return ok({ bytes: undefined, notes });
  }
  return ok({ bytes: encodeProgram(program, littleEndian()), notes });
}

/** This machine's byte order. */
export function littleEndian(): boolean {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
}
