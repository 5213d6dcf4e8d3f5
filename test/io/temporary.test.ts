import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { inTemporaryFolder, sweepTemporary, temporaryFolder } from '../../src/io/files/temporary.ts';
import { processValue } from '../../src/io/process/owner.ts';
import { needs } from '../rig/need.ts';

const [namespace] = processValue().split('/');
const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A folder as a process of that number made it, which started at the first tick of the machine. */
function folderOf(owner: string): string {
  const folder = mkdtempSync(join(tmpdir(), `trace-build-${owner}-`));
  made.push(folder);
  return folder;
}

it('makes folders that nobody else enters, and removes them whatever happens', async () => {
  const folder = temporaryFolder();
  made.push(folder);
  expect(folder).toMatch(new RegExp(`/trace-build-${namespace}-${process.pid}-\\d+-\\w{6}$`));
  let seen = '';
  const failing = inTemporaryFolder(async (inside) => {
    seen = inside;
    throw new Error('on purpose');
  });
  await expect(failing).rejects.toThrow('on purpose');
  expect(existsSync(seen)).toBe(false);
});

needs('linux', 'root', 'strace', 'setpriv').describe('what killed processes left', () => {
  it('is gone after the next start: processes, mounts, folders; what is not surely ours stays', async () => {
    const { pid } = spawnSync('true');
    const dead = folderOf(`${namespace}-${pid}-1`);
    const alive = folderOf(processValue().replaceAll('/', '-'));
    const elsewhere = folderOf(`1-${pid}-1`);
    const strangers = folderOf(`${namespace}-${pid}-1`);
    spawnSync('chown', ['65534', strangers]);
    mkdirSync(join(dead, '1/tree'), { recursive: true });
    spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', join(dead, '1/tree')]);
    writeFileSync(join(dead, '1/tree/left'), '');
    chmodSync(dead, 0o500);
    const [traced, other] = [dead, alive].map((folder) =>
      spawn('strace', ['-f', '-o', join(folder, 'strace'), 'sleep', '600'], { stdio: 'ignore' }),
    );
    const ended = once(traced!, 'exit');
    // strace has begun once it has written the first line.
    while (!readSafely(join(dead, 'strace')).includes('execve'))
      await new Promise((soon) => setTimeout(soon, 20));
    await sweepTemporary();
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(existsSync(dead)).toBe(false);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(dead);
    expect([alive, elsewhere, strangers].map(existsSync)).toEqual([true, true, true]);
    expect(other!.exitCode ?? other!.signalCode).toBe(null);
    other!.kill('SIGKILL');
  });
});

function readSafely(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
