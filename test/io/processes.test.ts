import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { killFamily } from '../../src/io/process/processes.ts';
import { needs } from '../rig/need.ts';

/** The living of a process group. */
function membersOf(group: number): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, , own] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return /^\d+$/.test(name) && Number(own) === group && state !== 'Z';
    } catch {
      return false;
    }
  });
}

needs('linux', 'perl').describe('killFamily', () => {
  it('leaves nobody behind of a family that forks all the time', async () => {
    const forking = '$| = 1; for (1 .. 400) { fork or sleep(60), exit; print "." } sleep 60';
    for (let round = 0; round < 25; round++) {
      const child = spawn('perl', ['-e', forking], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
      await once(child.stdout, 'data');
      killFamily(child.pid!);
      for (let tries = 0; tries < 20 && membersOf(child.pid!).length > 0; tries++) await sleep(10);
      const left = membersOf(child.pid!);
      if (left.length > 0) process.kill(-child.pid!, 'SIGKILL');
      expect(left).toEqual([]);
    }
  });
});
