import { chmodSync, closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../core/failure.ts';
import type { HostModel } from '../../core/hosts/host.ts';
import { type Abi, abiInfo } from '../../core/linux/abi.ts';
import { syscallNames, syscallNumber } from '../../core/linux/numbers.ts';
import { signatureOf } from '../../core/linux/signatures.ts';
import { encodeProgram } from '../../core/seccomp/filter/encode.ts';
import type { Program } from '../../core/seccomp/filter/instruction.ts';
import {
  filterLoading,
  type Numbered,
  notifyingProgram,
  whyNotNotified,
} from '../../core/seccomp/filter/notifying.ts';
import { temporaryFolder } from '../files/temporary.ts';
import { runningMachine, underFilter } from '../machine/machine.ts';
import type { Job } from './engine.ts';
import { hiddenFile, littleEndian } from './filter.ts';

/** What native/helpers/notify.c needs of us: descriptors for the started program, and what goes before its command. */
export interface Notification {
  /** The filters, then the helper itself. */
  readonly descriptors: readonly number[];
  readonly notes: readonly string[];
  /** The program to start, and its arguments before `COMMAND…`. `first`: what the first of `descriptors` is there. */
  supervise(first: number): readonly [string, ...string[]];
  /** What goes in front of the traced command itself. */
  load(first: number): readonly string[];
  close(): void;
}

/**
 * Why calls that the host's filter refuses can't be recorded by notification here; undefined where they can. What only the
 * kernel itself can say (another listener around us) shows when it is tried.
 */
export async function whyNoNotification(host: HostModel | undefined): Promise<string | undefined> {
  if (!host) return 'no filter is loaded';
  const machine = runningMachine();
  if (!machine.ok) return machine.failure.what;
  const { HELPERS } = await import('./helpers.gen.ts');
  if (!HELPERS[machine.value.arch]) return `there is no supervisor for ${machine.value.arch}`;
  const { major, minor } = machine.value.kernel;
  // Before 5.9 a listener is not told that everybody under its filter has ended.
  if (major < 5 || (major === 5 && minor < 9)) return `Linux ${release()} is older than 5.9`;
  if (underFilter()) return 'a filter is on us already, and what that one refuses is not notified';
  const { emulate } = await import('../../core/hosts/emulation/emulate.ts');
  const emulation = emulate(host, machine.value);
  if (!emulation.ok) return emulation.failure.what;
  return whyNotNotified(emulation.value.policy);
}

/** Prepares one execution. A failure where this machine has no supervisor, or the filter can't be one that notifies. */
export async function notification(job: Job): Promise<Result<Notification>> {
  const { host, notifying } = job;
  const machine = runningMachine();
  if (!machine.ok) return machine;
  const { arch } = machine.value;
  const [{ emulate }, { HELPERS }] = await Promise.all([
    import('../../core/hosts/emulation/emulate.ts'),
    import('./helpers.gen.ts'),
  ]);
  const helper = HELPERS[arch]?.notify;
  if (!host || !notifying || helper === undefined) {
    return fail('missing', `nothing can be recorded by notification on ${arch}`);
  }
  const emulation = emulate(host, machine.value);
  if (!emulation.ok) return emulation;
  const abis = [arch, ...abiInfo(arch).alsoRuns];
  const { program, notes } = emulation.value;
  const watched = notifying.watched ?? new Map<string, readonly number[]>();
  const asking = notifyingProgram(program, abis, numbered([...watched.keys()], abis));
  if (!asking.ok) return asking;
  const filters = hiddenFile(encode(program, asking.value, abis, watched));
  let self: number;
  try {
    self = openProgram(Buffer.from(helper, 'base64'));
  } catch (error) {
    filters.close();
    return fail('missing', `the supervisor can't be written: ${(error as Error).message}`);
  }
  const path = (first: number): string => `/proc/self/fd/${first + 1}`;
  return ok({
    descriptors: [filters.descriptor, self],
    notes,
    supervise: (first) => [path(first), 'supervise', notifying.output, String(first), String(first + 2)],
    load: (first) => [path(first), 'load', String(first), String(first + 2)],
    close: () => {
      filters.close();
      closeSync(self);
    },
  });
}

const numbered = (names: readonly string[], abis: readonly Abi[]): readonly Numbered[] =>
  abis.flatMap((abi) =>
    names.flatMap((name) => {
      const nr = syscallNumber(name, abi);
      return nr === undefined ? [] : [{ abi, nr }];
    }),
  );

/** Bits of a described call, as native/helpers/notify/filter.h has them. */
const HOOK = 2 ** 30;
const WATCH = 2 ** 29;
const BY_PRCTL = 2 ** 28;
const TOLD_APART = 2 ** 8;
const bitsOf = (indices: readonly number[]): number => indices.reduce((sum, index) => sum + 2 ** index, 0);

/** The file that the helper reads: three counts, both filters, and what is to be known of single calls. */
function encode(
  program: Program,
  asking: Program,
  abis: readonly Abi[],
  watched: ReadonlyMap<string, readonly number[]>,
): Uint8Array {
  const described = new Map<string, [number, number, number]>();
  const describe = ({ abi, nr }: Numbered, bits: number): void => {
    const token = abiInfo(abi).auditToken;
    const one = described.get(`${token} ${nr}`) ?? [token, nr, 0];
    described.set(`${token} ${nr}`, [one[0], one[1], (one[2] | bits) >>> 0]);
  };
  for (const call of filterLoading(abis)) describe(call, HOOK);
  for (const call of numbered(['prctl'], abis)) describe(call, BY_PRCTL);
  for (const [name, indices] of watched) {
    for (const call of numbered([name], abis)) describe(call, WATCH + TOLD_APART * bitsOf(indices));
  }
  for (const name of syscallNames()) {
    const strings = signatureOf(name)?.strings ?? [];
    if (strings.length === 0) continue;
    for (const call of numbered([name], abis)) describe(call, bitsOf(strings));
  }
  const words = [...described.values()].flat();
  const bytes = new Uint8Array(12 + 8 * (program.length + asking.length) + 4 * words.length);
  const view = new DataView(bytes.buffer);
  const little = littleEndian();
  [program.length, asking.length, described.size].forEach((count, at) => {
    view.setUint32(4 * at, count, little);
  });
  bytes.set(encodeProgram(program, little), 12);
  bytes.set(encodeProgram(asking, little), 12 + 8 * program.length);
  words.forEach((word, at) => {
    view.setUint32(bytes.length - 4 * (words.length - at), word, little);
  });
  return bytes;
}

/** An open program whose name is gone. Nobody may have it open for writing when it is executed. */
function openProgram(content: Uint8Array): number {
  const folder = temporaryFolder();
  try {
    const path = join(folder, 'notify');
    writeFileSync(path, content, { mode: 0o700 });
    chmodSync(path, 0o700);
    return openSync(path, 'r');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
