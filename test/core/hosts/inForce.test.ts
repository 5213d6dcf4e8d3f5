import { expect, test } from 'vitest';
import { fail } from '../../../src/core/failure.ts';
import { asInForce } from '../../../src/core/hosts/inForce.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';
import { syscallNumber } from '../../../src/core/linux/numbers.ts';
import { compile } from '../../../src/core/seccomp/filter/compile.ts';
import { encodeProgram } from '../../../src/core/seccomp/filter/encode.ts';

async function open(expression: string) {
  const host = await resolveHost(expression, {
    running: { kernel: '6.6', arch: 'x86_64' },
    loadProfile: async () => fail('input', 'no profile here'),
  });
  if (!host.ok) throw new Error(host.failure.what);
  return host.value;
}

/** The model of one host with the filter that another one loads. */
async function loaded(expression: string, ...others: readonly string[]) {
  const filters: Uint8Array[] = [];
  for (const other of others) {
    const program = compile((await open(other)).policy!);
    if (!program.ok) throw new Error(program.failure.what);
    filters.push(encodeProgram(program.value));
  }
  const host = asInForce(await open(expression), filters);
  if (!host.ok) throw new Error(host.failure.what);
  return (name: string, args: readonly (bigint | undefined)[] = []) =>
    host.value.answer({ abi: 'x86_64', nr: syscallNumber(name, 'x86_64')!, name, args });
}

test('the filter that was read out decides, and the model says why where it agrees', async () => {
  const ask = await loaded('docker@29.7.2', 'docker@20.10.5,runc=1.0.0-rc92');
  expect(ask('io_uring_setup')).toMatchObject({
    action: { kind: 'allow' },
    reason: { kind: 'filter-in-force' },
  });
  expect(ask('clone3')).toMatchObject({
    action: { kind: 'errno', value: 1 },
    cause: 'rule',
    conditional: false,
    alternatives: [],
    reason: { kind: 'filter-in-force', action: 'EPERM' },
  });
  expect(ask('keyctl')).toMatchObject({
    action: { kind: 'errno', value: 1 },
    reason: { kind: 'default-action' },
  });
  expect(ask('read')).toMatchObject({ action: { kind: 'allow' }, reason: { kind: 'rule' } });
});

test('what the filter lets through may be too new for the kernel', async () => {
  const ask = await loaded('docker@20.10.5', 'docker@29.7.2');
  expect(ask('mseal')).toMatchObject({ action: { value: 38 }, reason: { kind: 'kernel-too-old' } });
});

test('an argument that is not known leaves both results', async () => {
  const ask = await loaded('docker@29.7.2', 'docker@20.10.5');
  // AF_ALG (38) is refused since 29; before, AF_VSOCK (40) was allowed too.
  expect(ask('socket', [40n, 1n, 0n])).toMatchObject({
    action: { kind: 'allow' },
    reason: { kind: 'filter-in-force' },
  });
  expect(ask('socket', [2n, 1n, 0n])).toMatchObject({ action: { kind: 'allow' }, reason: { kind: 'rule' } });
  const personality = ask('personality', [undefined]);
  expect([personality.action.kind, ...personality.alternatives.map(({ kind }) => kind)].sort()).toEqual([
    'allow',
    'errno',
  ]);
});

test('of several filters the strictest counts, and one that is none is an error', async () => {
  const ask = await loaded('docker@29.7.2', 'docker@29.7.2', 'docker@20.10.5,runc=1.0.0-rc92');
  expect(ask('clone3')).toMatchObject({ action: { kind: 'errno', value: 38 } });
  expect(ask('io_uring_setup')).toMatchObject({ action: { kind: 'errno', value: 1 } });
  expect(asInForce(await open('docker@29.7.2'), [new Uint8Array(8)])).toMatchObject({ ok: false });
  const bare = await open('unconfined');
  expect(asInForce(bare, [])).toEqual({ ok: true, value: bare });
});
