import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareFilters } from '../../../src/core/hosts/compareFilter.ts';
import { emulate } from '../../../src/core/hosts/emulation/emulate.ts';
import { asInForce } from '../../../src/core/hosts/inForce.ts';
import { syscallNames, syscallNumber } from '../../../src/core/linux/numbers.ts';
import { decodeProgram, encodeProgram } from '../../../src/core/seccomp/filter/encode.ts';
import { readStraceFilters } from '../../../src/core/seccomp/filter/strace.ts';
import { containerEngine } from '../../../src/io/engines/container/container.ts';
import { checkFilter } from '../../../src/io/engines/container/filterCheck.ts';
import { asStraceText, readAttachReport } from '../../../src/io/engines/container/filterInForce.ts';
import { serverHost } from '../../../src/io/engines/container/serverHost.ts';
import type { ContainerOptions, Job } from '../../../src/io/engines/engine.ts';
import { openHost } from '../../../src/io/machine/hosts.ts';
import { runningMachine } from '../../../src/io/machine/machine.ts';
import { needs } from '../../rig/need.ts';

const IMAGE = 'trace-build-ci/bookworm';

async function host(expression: string) {
  const opened = await openHost(expression);
  if (!opened.ok) throw new Error(opened.failure.what);
  return opened.value;
}

needs('docker', 'bookworm-image').describe('the filter in force', () => {
  let folder: string;
  const engine = containerEngine('docker');
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(more: Partial<Job>) {
    const result = await engine.run({
      command: ['true'],
      cwd: '',
      env: {},
      network: false,
      stdio: 'capture',
      image: IMAGE,
      tracing: { output: join(folder, 'trace'), strace: 'strace', options: [] },
      ...more,
    });
    if (!result.ok) throw new Error(result.failure.what);
    expect(result.value.ended).toBe('exited');
    return result.value;
  }

  test.each([
    [[], []],
    [['SYS_ADMIN'], []],
    [['SYS_PTRACE', 'SYS_TIME'], ['ALL']],
  ])(
    'is what our model of the installed Docker says, call for call (cap-add %j, cap-drop %j)',
    async (capAdd, capDrop) => {
      const container: ContainerOptions = { volumes: [], capAdd, capDrop };
      const server = await engine.server();
      if (!server.ok) throw new Error(server.failure.what);
      const model = await host(await serverHost(server.value, container));
      const result = await run({ container });
      const compared = compareFilters(result.filters!, model.policy!);
      expect(compared).toMatchObject({ ok: true, value: { differences: [] } });
      expect(compared.ok && compared.value.calls).toBeGreaterThan(1000);
      expect(await checkFilter(result, model, false)).toEqual([
        { text: expect.stringContaining('is what the model of docker'), agrees: true },
      ]);

      // An engine that the tables lack is answered by what it loaded, whatever stands in for it.
      const inForce = asInForce(await host(`docker@1.13.1,kernel=${model.identity.kernel}`), result.filters!);
      if (!inForce.ok) throw new Error(inForce.failure.what);
      const arch = model.identity.arch;
      const told = syscallNames().flatMap((name) => {
        const call = { abi: arch, nr: syscallNumber(name, arch) ?? -1, name, args: [1n, 1n, 1n, 1n, 1n, 1n] };
        return [[name, inForce.value.answer(call).action, model.answer(call).action]];
      });
      expect(told.map(([name, action]) => [name, action])).toEqual(told.map(([name, , own]) => [name, own]));

      // What bubblewrap loads for this Docker answers as this Docker does.
      const machine = runningMachine();
      if (!machine.ok) throw new Error(machine.failure.what);
      const emulated = emulate(model, machine.value);
      if (!emulated.ok) throw new Error(emulated.failure.what);
      const same = compareFilters([encodeProgram(emulated.value.program)], model.policy!);
      // Our kernel is the container's, so that nothing is taken away for an older one.
      expect(same).toMatchObject({ ok: true, value: { differences: [] } });

      const [filter] = result.filters!;
      const [read] = (readStraceFilters(result.filterInForce!) as { value: readonly { program: unknown }[] })
        .value;
      expect(read?.program).toEqual((decodeProgram(filter!) as { value: unknown }).value);
    },
  );

  test.each(['docker@19.03.8', 'docker@20.10.5', 'podman@4.3.1', 'spec-proposal', 'kernel@5.4'])(
    'of a container that is given the profile of %s answers as that host by name',
    async (expression) => {
      const model = await host(expression);
      const result = await run({ host: model });
      const machine = runningMachine();
      if (!machine.ok) throw new Error(machine.failure.what);
      const emulated = emulate(model, machine.value);
      if (!emulated.ok) throw new Error(emulated.failure.what);
      const native = {
        ...emulated.value.policy,
        abis: emulated.value.policy.abis.filter(({ abi }) => abi === machine.value.arch),
      };
      const compared = compareFilters(result.filters!, native);
      if (!compared.ok) throw new Error(compared.failure.what);
      const named = compared.value.differences.filter(({ name }) => name !== undefined);
      // Names that the libseccomp of this machine does not know (it knows Linux 6.7) cannot be asked for.
      const known = named.filter(({ nr }) => nr <= 456 && nr !== 335 && nr !== 336);
      // What a condition leaves over gets the default: EPERM before Docker 23, which takes no errno for it from a
      // profile; since then the profile's own, and ENOSYS where the proposal has EPERM for names that are known.
      const server = await engine.server();
      if (!server.ok) throw new Error(server.failure.what);
      const ownDefault = Number.parseInt(server.value.version, 10) >= 23;
      const unlike: Readonly<Record<string, readonly string[]>> = ownDefault
        ? { 'spec-proposal': ['socket', 'clone', 'personality'] }
        : { 'podman@4.3.1': ['personality'] };
      expect(known.map(({ name }) => name)).toEqual(unlike[expression] ?? []);
      const notes = await checkFilter(result, model, true);
      if (named.length === 0) expect(notes).toEqual([]);
      else expect(notes).toEqual([{ text: expect.stringContaining('cannot be') }]);
    },
  );

  test('unconfined has none, and that is seen', async () => {
    const result = await run({ host: await host('unconfined') });
    expect(result.filters).toEqual([]);
  });
});

describe('what attach says', () => {
  test('is taken apart', () => {
    const text =
      'trace-build-filter: 06000000ffff0000\ntrace-build-no-filter: -2\nstrace: Process 1 attached\nother\n';
    const report = readAttachReport(text);
    expect(report.filters).toEqual([Uint8Array.of(6, 0, 0, 0, 0xff, 0xff, 0, 0)]);
    expect(report).toMatchObject({ said: 'other', noStrace: false });
    expect(asStraceText(report.filters![0]!)).toContain('BPF_JUMP(0x6, 0xffff, 0x0, 0x0)');
    expect(readAttachReport('trace-build-no-filter: -13\n')).toMatchObject({
      filters: undefined,
      whyNot: expect.stringContaining('CAP_SYS_ADMIN'),
    });
  });
});
