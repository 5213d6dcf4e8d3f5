import { expect, test } from 'vitest';
import { emulate } from '../../src/core/hosts/emulation/emulate.ts';
import { asEmulated } from '../../src/core/hosts/emulation/emulated.ts';
import { syscallNames, syscallNumber } from '../../src/core/linux/numbers.ts';
import { seccompData } from '../../src/core/seccomp/filter/data.ts';
import { interpret } from '../../src/core/seccomp/filter/interpret.ts';
import { actionOf } from '../../src/core/seccomp/filter/returns.ts';
import { openHost } from '../../src/io/machine/hosts.ts';

// What explains a run must agree with the filter that was loaded for it, call by call.
test.each([
  'docker@19.03.15,arch=aarch64,kernel=6.1',
  'docker@24.0.9,arch=arm,kernel=6.1',
  'docker@20.10.5,arch=x86,kernel=6.1',
  'docker@20.10.5,arch=x86_64,kernel=6.1',
  'podman@4.3.1,arch=s390x,kernel=6.1',
])('%s on x86_64: the explanation agrees with the loaded filter', async (expression) => {
  const host = await openHost(expression);
  if (!host.ok) throw new Error(host.failure.what);
  const emulation = emulate(host.value, { arch: 'x86_64', kernel: { major: 6, minor: 1 } });
  if (!emulation.ok) throw new Error(emulation.failure.what);
  const view = asEmulated(host.value, 'x86_64');
  const wrong: string[] = [];
  for (const name of syscallNames()) {
    const nr = syscallNumber(name, 'x86_64');
    if (nr === undefined) continue;
    const args = [0n, 0n, 0n, 0n, 0n, 0n];
    const loaded = actionOf(interpret(emulation.value.program, seccompData('x86_64', nr, args)));
    const verdict = view.answer({ abi: 'x86_64', nr, name, args });
    // ENOSYS of a kernel that lacks the call here as well needs no filter.
    if (verdict.cause === 'kernel' && loaded.kind === 'allow') continue;
    if (JSON.stringify(loaded) !== JSON.stringify(verdict.action)) {
      wrong.push(`${name}: loaded ${JSON.stringify(loaded)}, explained ${JSON.stringify(verdict.action)}`);
    }
  }
  expect(wrong).toEqual([]);
});
