import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { manifestSchema } from '../../src/core/documents/manifest.ts';
import { runSchema } from '../../src/core/documents/run.ts';
import { needs } from '../rig/need.ts';
import { signalProcess, traceBuild, workFolder } from '../rig/program.ts';
import { KILLING, REFUSING } from '../rig/refusing.ts';

const folder = workFolder();
const cwd = folder.path;
const REFUSED =
  '#include <unistd.h>\n#include <errno.h>\n#define REFUSED(path) syscall(439, -100, path, 4, 0)\n';

/** Programs whose refused calls are known, by what is special in each. */
const SOURCES: Readonly<Record<string, string>> = {
  threads: `#include <pthread.h>
    static void *work(void *n) { for (int i = 0; i < 20; i++) REFUSED("/thread"); return n; }
    int main(void) { pthread_t t[4];
      for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, work, 0);
      for (int i = 0; i < 4; i++) pthread_join(t[i], 0); }`,
  forks: `#include <sys/wait.h>
    int main(void) { for (int i = 0; i < 3; i++) if (fork() == 0) { if (fork() == 0) REFUSED("/deep"); while (wait(0) > 0) {} _exit(0); }
      while (wait(0) > 0) {} REFUSED("/top"); }`,
  spawns: `#include <spawn.h>
    #include <sys/wait.h>
    extern char **environ;
    int main(int c, char **v) { if (c > 1) { REFUSED("/child"); return 0; }
      for (int i = 0; i < 3; i++) { pid_t p; char *a[] = {v[0], "x", 0};
        posix_spawn(&p, v[0], 0, 0, a, environ); waitpid(p, 0, 0);
        if (vfork() == 0) { execl(v[0], v[0], "y", (char *)0); _exit(1); } wait(0); } }`,
  abis: `#include <sys/mman.h>
    #include <string.h>
    int main(void) { char *low = mmap((void *)0x10000000, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
      strcpy(low, "/thirty-two"); REFUSED("/native"); int r;
      __asm__ volatile("int $0x80" : "=a"(r) : "a"(439), "b"(-100), "c"(low), "d"(4), "S"(0) : "memory", "r8", "r9", "r10", "r11");
      syscall(0x40000000 + 439, -100, "/x32", 4, 0); }`,
  signals: `#include <signal.h>
    #include <sys/time.h>
    static void handle(int s) { (void)s; }
    int main(void) { struct sigaction a = {.sa_handler = handle, .sa_flags = SA_RESTART}; sigaction(SIGALRM, &a, 0);
      struct itimerval t = {{0, 300}, {0, 300}}; setitimer(ITIMER_REAL, &t, 0);
      for (int i = 0; i < 2000; i++) if (REFUSED("/x") != -1 || errno != EPERM) return 1; return 0; }`,
  listens: `#include <linux/seccomp.h>
    #include <linux/filter.h>
    int main(int c, char **v) { (void)v; struct sock_filter all = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
      struct sock_fprog p = {1, &all}; return syscall(317, SECCOMP_SET_MODE_FILTER, c > 1 ? 0 : SECCOMP_FILTER_FLAG_NEW_LISTENER, &p) < 0; }`,
};

type Shown = { syscall: string; abi: string; errno: string; cause: string; count: number };
const inWords = (denials: readonly Shown[]) =>
  denials
    .filter(({ cause }) => cause !== 'genuine')
    .map(({ syscall, abi, errno, cause, count }) => `${syscall} ${abi} ${errno} ${cause} ${count}`)
    .sort();

async function run(name: string, host: string, ...args: string[]) {
  const ran = await traceBuild(['--json', '--on', host, '-o', name, ...args], { cwd });
  return { ...runSchema.parse(JSON.parse(ran.stdout)), status: ran.status, stderr: ran.stderr };
}

const REFUSES = 'profile:refusing.json';

needs('linux', 'bwrap', 'strace', 'gcc').describe('recording by notification', () => {
  beforeAll(() => {
    writeFileSync(join(cwd, 'refusing.json'), JSON.stringify(REFUSING));
    writeFileSync(join(cwd, 'killing.json'), JSON.stringify(KILLING));
    for (const [name, text] of Object.entries(SOURCES)) {
      const source = join(cwd, `${name}.c`);
      writeFileSync(source, `#define _GNU_SOURCE\n${REFUSED}${text}\n`);
      execFileSync('gcc', ['-w', '-pthread', '-o', join(cwd, name), source]);
    }
    const script = '(sleep 6; ./forks; echo $? >left) >/dev/null 2>&1 &';
    daemon = run('daemon', REFUSES, '--fast', '--', 'sh', '-c', script);
  });
  afterAll(() => folder.remove());
  // It takes seconds, beside the other tests.
  let daemon: ReturnType<typeof run>;

  test('finds the refused calls that a full trace finds: threads, forks, vfork, execve, signals', async () => {
    const script =
      './threads; ./forks; ./spawns; ./signals; for i in 1 2; do touch $i; cat $i; done; exec ./forks';
    const command = ['--', 'sh', '-c', script];
    const full = await run('full', REFUSES, ...command);
    const fast = await run('fast', REFUSES, '--fast', ...command);
    expect(fast).toMatchObject({ method: 'notification', exit: full.exit, status: full.status });
    expect(fast.trace.complete).toBe(true);
    expect(inWords(fast.denials)).toEqual(inWords(full.denials));
    const threads = fast.denials.find(({ syscall }) => syscall === 'faccessat2')?.count;
    expect(threads).toBe(80 + 4 + 6 + 2000 + 4);
  });

  test('tells the ABIs of one program apart and reads the strings of each', async () => {
    const { denials } = await run('abis', REFUSES, '--fast', '--', './abis');
    const found = denials.filter(({ syscall }) => syscall === 'faccessat2');
    expect(found.map(({ abi, count }) => `${abi} ${count}`).sort()).toEqual(['x32 1', 'x86 1', 'x86_64 1']);
    const text = gunzipSync(readFileSync(join(cwd, 'abis.strace.gz'))).toString('latin1');
    for (const path of ['/native', '/thirty-two', '/x32']) expect(text).toContain(`"${path}"`);
  });

  test('kills as the filter would, and says for which call', async () => {
    const { exit, denials } = await run('killed', 'profile:killing.json', '--fast', '--', './forks');
    expect(exit).toEqual({ signal: 'SIGSYS' });
    expect(inWords(denials)).toEqual(['faccessat2 x86_64 SIGSYS rule 4']);
  });

  test('says that a program is kept from being a supervisor itself, or has a filter of its own', async () => {
    const listening = await run('listening', REFUSES, '--fast', '--', './listens');
    expect([listening.status, listening.exit.status]).toEqual([3, 1]);
    expect(listening.stderr).toContain('./listens asked for a seccomp listener and got EBUSY');
    const filtered = await run('filtered', REFUSES, '--fast', '--', './listens', 'x');
    expect(filtered.status).toBe(0);
    expect(filtered.notes.join()).toContain('./listens loads a filter of its own');
  });

  test('takes nothing for a verdict once its supervisor is killed', async () => {
    const running = run('orphaned', REFUSES, '--fast', '--', 'sh', '-c', 'echo $PPID >parent; sleep 20');
    let supervisor: number | undefined;
    while (supervisor === undefined) {
      await sleep(20);
      const inner = existsSync(join(cwd, 'parent')) ? readFileSync(join(cwd, 'parent'), 'utf8').trim() : '';
      if (inner !== '') supervisor = supervisorOf(Number(inner));
    }
    signalProcess(supervisor, 'SIGKILL');
    const { status, ended, trace } = await running;
    expect([status, ended]).toEqual([3, 'tracer-died']);
    expect(trace.trouble).toContain('supervisor ended');
    expect(
      manifestSchema.parse(JSON.parse(readFileSync(join(cwd, 'orphaned.strace.json'), 'utf8'))),
    ).toMatchObject({
      complete: false,
      method: 'notification',
      host: REFUSES,
    });
  });

  test('goes on answering a daemon, and leaves it running', async () => {
    const { notes, exit } = await daemon;
    expect(exit).toEqual({ status: 0 });
    expect(notes.join()).toContain('no longer watched');
    while (!existsSync(join(cwd, 'left'))) await sleep(50);
  }, 30_000);

  test.each([[[]], [['--engine', 'host']]])('keeps input, status and signals (%s)', async (engine) => {
    const ended = (...command: string[]) =>
      traceBuild(['-q', '--propagate', '--fast', '--on', REFUSES, ...engine, '--', ...command], {
        cwd,
        input: 'in',
      });
    const piped = await ended('sh', '-c', 'cat; exit 7');
    expect(piped.stdout).toMatch(/^in/);
    expect(piped.status).toBe(7);
    expect((await ended('sh', '-c', 'kill -TERM $$')).signal).toBe('SIGTERM');
  });
});

/** The process that answers: the parent of bwrap, which is the parent of who started the command. */
function supervisorOf(pid: number): number | undefined {
  for (let at = pid; at > 1; at = parentOf(at)) {
    const [program, word] = readFileSync(`/proc/${at}/cmdline`, 'utf8').split('\0');
    if (program?.startsWith('/proc/self/fd/') && word === 'supervise') return at;
  }
  return undefined;
}

const parentOf = (pid: number): number =>
  Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
