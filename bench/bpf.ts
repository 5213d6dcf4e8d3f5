// Asking filters: how many calls a second the compiled closure answers, against the interpreter, on one core. The filters are
// what hosts really load; the calls are drawn from all numbers with some argument values, so that no branch is guessed.
import { fileURLToPath } from 'node:url';
import { resolveHost } from '../src/core/hosts/resolve/resolve.ts';
import { closure, type Filter } from '../src/core/seccomp/filter/closure.ts';
import { compile } from '../src/core/seccomp/filter/compile.ts';
import { seccompData } from '../src/core/seccomp/filter/data.ts';
import { interpret } from '../src/core/seccomp/filter/interpret.ts';
import { fastest, type Row, row, tableOf } from './rig.ts';

const CALLS = 1 << 13;
const ROUNDS = 7;
const HOSTS = ['docker@20.10.5', 'docker@29.7.2', 'podman@5.4.0', 'spec-proposal'] as const;

async function programOf(expression: string) {
  const host = await resolveHost(expression, {
    running: { kernel: '6.12', arch: 'x86_64' },
    loadProfile: () => Promise.reject(new Error('no profile is read here')),
  });
  if (!host.ok || !host.value.policy) throw new Error(`${expression} has no filter`);
  const program = compile(host.value.policy);
  if (!program.ok) throw new Error(program.failure.what);
  return program.value;
}

function calls(): readonly Uint32Array[] {
  let state = 1;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 0x100000000) * below);
  };
  return Array.from({ length: CALLS }, () =>
    seccompData(next(10) === 0 ? 'x86' : 'x86_64', next(470), [
      BigInt(next(64)),
      BigInt(next(64)),
      BigInt(next(16)),
    ]),
  );
}

/** Nanoseconds per call. */
async function costOf(filter: Filter, data: readonly Uint32Array[], turns: number): Promise<number> {
  let sum = 0;
  const seconds = await fastest(ROUNDS, () => {
    for (let turn = 0; turn < turns; turn++) {
      for (let i = 0; i < data.length; i++) sum = (sum + filter(data[i]!)) | 0;
    }
  });
  if (Number.isNaN(sum)) throw new Error('never');
  return (seconds / (turns * data.length)) * 1e9;
}

/** 20 million calls a second. */
const WANTED = 50;

export async function measure(): Promise<Row[]> {
  const data = calls();
  const rows: Row[] = [];
  for (const expression of HOSTS) {
    const program = await programOf(expression);
    const fast = closure(program);
    for (const each of data) if (fast(each) !== interpret(program, each)) throw new Error('they differ');
    const compiled = await costOf(fast, data, 400);
    const interpreted = await costOf((each) => interpret(program, each), data, 40);
    rows.push(row(`ask ${expression}: closure, interpreter`, compiled, interpreted, 0.6, 'ns', ROUNDS));
    rows.push(
      row(`ask ${expression}: closure, 20 million calls a second`, compiled, WANTED, 1, 'ns', ROUNDS),
    );
  }
  return rows;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(tableOf(await measure()));
