import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HostModel } from '../../src/core/hosts/host.ts';
import { refusedCalls } from '../../src/core/minimize/refused.ts';
import { bubblewrapEngine } from '../../src/io/engines/bubblewrap.ts';
import { Runner } from '../../src/io/experiments/minimizeRunner.ts';
import { openHost } from '../../src/io/machine/hosts.ts';
import { probeStrace } from '../../src/io/recording/strace.ts';
import { needs } from '../rig/need.ts';
import { workFolder } from '../rig/program.ts';

const folder = workFolder();
const cwd = folder.path;

/** Refused: faccessat2, and socket of family 38. Let through: socket of others, personality, membarrier. */
const PROGRAM = `#define _GNU_SOURCE
#include <linux/seccomp.h>
#include <linux/filter.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int c, char **v) { (void)v;
  struct sock_filter all = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
  struct sock_fprog p = {1, &all};
  if (c > 1 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &p) < 0) return 9;
  syscall(439, -100, "/", 4, 0);
  for (int i = 0; i < 3; i++) { socket(38, 5, 0); socket(1, 1, 0); socket(2, 1, 0); syscall(SYS_membarrier, 0, 0); }
  return 3; }`;
const refuse = (name: string, value?: number) => ({
  names: [name],
  action: 'SCMP_ACT_ERRNO',
  errnoRet: 1,
  ...(value === undefined ? {} : { args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }] }),
});

needs('linux', 'bwrap', 'strace', 'gcc').describe('an experiment recorded by notification', () => {
  let host: HostModel;
  beforeAll(async () => {
    writeFileSync(join(cwd, 'program.c'), PROGRAM);
    execFileSync('gcc', ['-static', '-o', join(cwd, 'program'), join(cwd, 'program.c')]);
    const syscalls = [refuse('faccessat2'), refuse('socket', 38)];
    const profile = { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86_64'], syscalls };
    writeFileSync(join(cwd, 'profile.json'), JSON.stringify(profile));
    const opened = await openHost(`profile:${join(cwd, 'profile.json')}`);
    if (!opened.ok) throw new Error(opened.failure.what);
    host = opened.value;
  });
  afterAll(() => folder.remove());

  async function seenOf(args: readonly string[], watched: readonly string[] | undefined, traceable = true) {
    const strace = await probeStrace();
    const runner = new Runner({
      sites: [
        {
          engine: bubblewrapEngine,
          engineVersion: '',
          job: { command: ['./program', ...args], cwd, env: { PATH: '/usr/bin:/bin' }, network: true },
        },
      ],
      snapshots: undefined,
      strace: strace.ok && traceable ? strace.value : undefined,
      expectations: {},
      repeat: 1,
      retries: 0,
      signal: new AbortController().signal,
      host,
    });
    const seen = await runner.experiment(host, { traced: true, ...(watched ? { watched } : {}) });
    if (!seen.ok) throw new Error(seen.failure.what);
    const { observation, summary } = seen.value;
    const { outcome, why } = observation;
    return { outcome, why, summary: summary!, executions: runner.executions };
  }

  test('has the outcome and the refused calls of a traced one, and the watched calls that were let through', async () => {
    const names = ['faccessat2', 'socket', 'membarrier', 'acct'];
    const [traced, notified] = [await seenOf([], undefined), await seenOf([], names)];
    expect(traced.summary.sources ?? []).toEqual([]);
    expect(notified.summary.sources).toMatchObject([{ tool: 'notification' }]);
    expect([notified.outcome, notified.why]).toEqual([traced.outcome, traced.why]);
    expect(notified.summary.complete).toBe(true);
    const refused = ({ summary }: typeof traced) =>
      refusedCalls(summary, host).map(({ name, args }) => `${name} ${args[0]}`);
    expect(refused(notified).filter((call) => call.startsWith('socket'))).toEqual(
      refused(traced).filter((call) => call.startsWith('socket')),
    );
    expect(refused(notified)).toHaveLength(2);
    const called = ({ summary }: typeof traced) =>
      summary.calls
        .filter(({ call }) => names.includes(call.name))
        .map(
          ({ call, outcome }) =>
            `${call.name} ${call.args[0]} ${outcome === 'returned' ? 'unknown' : 'same'}`,
        );
    const families = (of: readonly string[]) => of.filter((call) => call.startsWith('socket')).sort();
    expect(called(notified).some((call) => call.startsWith('membarrier'))).toBe(true);
    expect(called(notified).some((call) => call.startsWith('acct'))).toBe(false);
    expect(families(called(notified)).map((call) => call.split(' ')[1])).toEqual(
      families(called(traced)).map((call) => call.split(' ')[1]),
    );
  });

  test('needs no strace, under which some commands fail', async () => {
    const { outcome, summary } = await seenOf([], ['faccessat2'], false);
    expect(outcome).toBe('fail');
    expect(refusedCalls(summary, host)).toHaveLength(2);
  });

  test('is traced after all where the command must be a supervisor itself', async () => {
    const { outcome, why, summary, executions } = await seenOf(['listen'], ['faccessat2']);
    expect([outcome, why, executions]).toEqual(['fail', 'exit status 3', 2]);
    expect(summary.sources ?? []).toEqual([]);
  });
});
