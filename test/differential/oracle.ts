import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Abi, abiInfo } from '../../src/core/linux/abi.ts';
import { decodeProgram } from '../../src/core/seccomp/filter/encode.ts';
import { CODE, type Program } from '../../src/core/seccomp/filter/instruction.ts';
import { actionOf, returnOf } from '../../src/core/seccomp/filter/returns.ts';
import type { RuntimeProfile } from '../../src/core/seccomp/profile/engine.ts';

/** What libseccomp made of a filter: its program, or the errno (negative) of the call that failed. */
export type Exported = { readonly program: Program } | { readonly errno: number };

/** Compiles one of this folder's C programs; remove the folder of the result when done. */
export function buildC(
  name: string,
  ...libraries: readonly string[]
): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-c-'));
  const path = join(folder, name);
  const source = fileURLToPath(new URL(`./${name}.c`, import.meta.url));
  const built = spawnSync('cc', ['-O2', '-Wall', '-Werror', '-o', path, source, ...libraries], {
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`${name}.c does not compile: ${built.stderr}`);
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function swapped(word: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, word, true);
  return view.getUint32(0, false);
}

/** The lines that make the oracle build this filter for these ABIs. */
export function requestFor(
  { defaultAction, groups }: RuntimeProfile,
  abis: readonly Abi[],
  optimize: 1 | 2,
): string {
  const hex = (value: number | bigint): string => value.toString(16);
  const tokens = abis.map((abi) => (abi === 'x32' ? 'x32' : hex(abiInfo(abi).auditToken)));
  const lines = [`filter ${hex(returnOf(defaultAction))} ${optimize} ${tokens.join(' ')}`];
  for (const { names, action, args } of groups) {
    const conditions = args.map(
      ({ index, op, value, valueTwo }) => ` ${index} ${op} ${hex(value)} ${hex(valueTwo)}`,
    );
    for (const name of names) lines.push(`rule ${hex(returnOf(action))} ${name}${conditions.join('')}`);
  }
  return `${lines.join('\n')}\nend\n`;
}

/** Runs the oracle over many requests; it works ahead while the answers are being compared. */
export class Oracle {
  readonly #child: ChildProcess;
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  /** `command` starts oracle.c; see `commandFor`. */
  constructor(...command: readonly [string, ...string[]]) {
    const [program, ...args] = command;
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#chunks = (this.#child.stdout as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** Sends requests; `next` gives their answers in the same order. */
  ask(request: string): void {
    this.#child.stdin!.write(request);
  }

  async next(littleEndian: boolean): Promise<Exported> {
    const length = (await this.#take(4)).readInt32LE();
    if (length < 0) return { errno: -length };
    const decoded = decodeProgram(await this.#take(length), littleEndian);
    if (!decoded.ok) throw new Error(decoded.failure.what);
    if (littleEndian) return { program: decoded.value };
    // Building a big-endian filter on a little-endian machine, libseccomp 2.5 leaves some return values in the
    // wrong order.
    return {
      program: decoded.value.map((each) =>
        each.code === CODE.return && returnOf(actionOf(each.k)) !== each.k
          ? { ...each, k: swapped(each.k) }
          : each,
      ),
    };
  }

  close(): void {
    this.#child.stdin!.end();
  }

  async #take(length: number): Promise<Buffer> {
    while (this.#held.length < length) {
      const { done, value } = await this.#chunks.next();
      if (done) throw new Error('the oracle ended early');
      this.#held = Buffer.concat([this.#held, value]);
    }
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }
}
