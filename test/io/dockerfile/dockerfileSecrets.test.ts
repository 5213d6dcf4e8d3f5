import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSecrets } from '../../../src/io/dockerfile/dockerfileSecrets.ts';

let cwd: string;
const agent = createServer();
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  writeFileSync(join(cwd, 'file'), 'of a file');
  await new Promise<void>((settle) => agent.listen(join(cwd, 'agent'), settle));
});
afterAll(() => {
  agent.close();
  rmSync(cwd, { recursive: true, force: true });
});

async function secrets(given: readonly string[], env: Record<string, string> = {}) {
  const read = await readSecrets(given, [], { cwd, env });
  if (!read.ok) return read.failure.what;
  return Object.fromEntries(
    [...read.value.secrets].map(([id, content]) => [id, Buffer.from(content).toString()]),
  );
}

test('a secret comes from a file or a variable, as docker build has it', async () => {
  const env = { NAME: 'of a variable', file: 'of the variable' };
  expect(await secrets(['id=a,src=file', 'id=b,source=file,type=file'], env)).toEqual({
    a: 'of a file',
    b: 'of a file',
  });
  expect(await secrets(['id=a,env=NAME', 'type=env,id=b,src=NAME', 'id=NAME'], env)).toEqual({
    a: 'of a variable',
    b: 'of a variable',
    NAME: 'of a variable',
  });
  expect(await secrets(['id=file'], env)).toEqual({ file: 'of the variable' });
  expect(await secrets(['id=file'])).toEqual({ file: 'of a file' });
});

test('what is wrong with one is a sentence', async () => {
  expect(await secrets(['src=file'])).toBe('--secret src=file: it needs an id: id=NAME,src=FILE');
  expect(await secrets(['id=a,src=none'])).toBe('--secret id=a,src=none: there is no such file: none');
  expect(await secrets(['id=a,env=NONE'])).toBe('--secret id=a,env=NONE: NONE is not set');
  expect(await secrets(['id=a,src=/dev/zero'])).toContain('larger than');
});

test('an agent is the socket that is named, else that of the environment; a key file is none', async () => {
  const env = { SSH_AUTH_SOCK: join(cwd, 'agent') };
  const agents = async (given: readonly string[], around: Record<string, string>) => {
    const read = await readSecrets([], given, { cwd, env: around });
    return read.ok ? Object.fromEntries(read.value.agents) : read.failure.what;
  };
  expect(await agents(['default', 'other=agent', 'key=file'], env)).toEqual({
    default: env.SSH_AUTH_SOCK,
    other: env.SSH_AUTH_SOCK,
  });
  expect(await agents(['default'], {})).toBe('--ssh default: no agent: SSH_AUTH_SOCK is not set');
});
