import { describe, expect, test } from 'vitest';
import { viewVerdict } from '../../../src/core/diagnosis/explain/verdict.ts';
import type { HostModel } from '../../../src/core/hosts/host.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';
import { parseArch } from '../../../src/core/linux/arch.ts';
import { errnoName } from '../../../src/core/linux/errno.ts';
import { syscallNumber } from '../../../src/core/linux/numbers.ts';
import { CASES } from './cases.ts';

const surroundings = {
  running: { kernel: '7.1', arch: 'x86_64' as const },
  loadProfile: async () => {
    throw new Error('no case names a file');
  },
};

const lines = CASES.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

async function open(expression: string): Promise<HostModel> {
  const host = await resolveHost(expression, surroundings);
  if (!host.ok) throw new Error(`${expression}: ${host.failure.what}`);
  return host.value;
}

describe('the cases of the public record', () => {
  test.each(lines)('%s', async (line) => {
    const [expression, abiText, call, answer] = line.split('|').map((part) => part.trim()) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const host = await open(expression);
    const abi = abiText === '-' ? host.identity.arch : parseArch(abiText)!;
    const [name = '', ...args] = call.split(' ');
    const direct = /^syscall#(\d+)$/.exec(name);
    const nr = direct ? Number(direct[1]) : syscallNumber(name, abi);
    expect(nr, `${name} has a number on ${abi}`).toBeDefined();
    const verdict = host.answer({ abi, nr: nr!, name, args: args.map(BigInt) });
    const { action, cause } = verdict;
    const word = action.kind === 'errno' ? errnoName(action.value) : action.kind;
    expect(`${word} ${cause}`, JSON.stringify(verdict.reason)).toBe(answer.replace(/ +/, ' '));
  });
});

test('what a kernel has only as it was built is assumed, what it lacks is certain', async () => {
  const ask = async (expression: string, name: string) => {
    const host = await open(expression);
    return host.answer({ abi: 'x86_64', nr: syscallNumber(name, 'x86_64')!, name, args: [] });
  };
  const bare = await ask('kernel@6.18,arch=x86_64', 'uselib');
  expect(bare).toMatchObject({ action: { kind: 'allow' }, kernelOption: 'CONFIG_USELIB' });
  expect(viewVerdict(bare)).toMatchObject({ basis: 'assumed', kernelOption: 'CONFIG_USELIB' });
  const filtered = await ask('docker@29.7.2,kernel=6.18,arch=x86_64', 'map_shadow_stack');
  expect(filtered.kernelOption).toBe('CONFIG_X86_USER_SHADOW_STACK');
  for (const [expression, name] of [
    ['kernel@6.18,arch=x86_64', 'openat'],
    ['kernel@6.5,arch=x86_64', 'map_shadow_stack'],
    ['docker@18.03.1,kernel=6.18,arch=x86_64', 'uselib'],
  ] as const)
    expect(viewVerdict(await ask(expression, name))).toMatchObject({ basis: 'computed' });
});
