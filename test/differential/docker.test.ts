import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeProgram } from '../../src/core/seccomp/filter/encode.ts';
import { openHost } from '../../src/io/machine/hosts.ts';
import { needs } from '../rig/need.ts';
import { comparePrograms } from './compare.ts';
import { INSTALLED, IS_INSTALLED } from './hosts.ts';
import { buildC } from './oracle.ts';

const CUSTOM = {
  defaultAction: 'SCMP_ACT_ERRNO',
  archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
  syscalls: [
    {
      names:
        'execve exit_group brk arch_prctl set_tid_address set_robust_list rseq prlimit64 readlinkat getrandom mprotect newfstatat capget capset prctl close openat fstat write read futex setuid setgid setgroups chdir dup3 fcntl uname fstatfs getdents64 epoll_ctl getppid getpid rt_sigreturn rt_sigaction mmap munmap sigaltstack gettid rt_sigprocmask tgkill sched_yield nanosleep epoll_pwait stat lstat setresuid setresgid pause readlink getcwd statfs fchdir pivot_root umount2 fchown faccessat faccessat2 access getuid geteuid getgid getegid'.split(
          ' ',
        ),
      action: 'SCMP_ACT_ALLOW',
    },
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
    {
      names: ['personality'],
      action: 'SCMP_ACT_ALLOW',
      // index is 0 where it is not given.
      args: [{ value: 8, op: 'SCMP_CMP_LT' }],
    },
    { names: ['mount'], action: 'SCMP_ACT_ALLOW', Includes: { caps: ['CAP_SYS_ADMIN'] } },
    { names: ['acct'], action: 'SCMP_ACT_TRAP', excludes: { caps: ['CAP_CHOWN'] } },
    { names: ['ptrace'], action: 'SCMP_ACT_ALLOW', includes: { minKernel: '4.8' } },
    { names: ['swapon'], action: 'SCMP_ACT_ALLOW', includes: { minKernel: '9.0' } },
  ],
};

/** Runs `docker` and gives what it prints; an error of the daemon fails the test. */
function docker(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('docker', args, { encoding: 'utf8', timeout: 120_000 });
  if (status !== 0) throw new Error(`docker ${args[0]}: ${stderr}`);
  return stdout.trim();
}

const needed = needs('root', 'docker', 'cc', 'tar');
(IS_INSTALLED ? needed.describe : needed.describe.skip)(
  'against the filter of a container that dockerd started',
  () => {
    let folder: string;
    let image: string;
    let reader: ReturnType<typeof buildC>;
    beforeAll(() => {
      reader = buildC('filter');
      folder = mkdtempSync(join(tmpdir(), 'trace-build-docker-'));
      mkdirSync(join(folder, 'root'));
      writeFileSync(join(folder, 'wait.c'), '#include <unistd.h>\nint main(void) { for (;;) pause(); }\n');
      spawnSync('cc', ['-static', '-o', join(folder, 'root', 'wait'), join(folder, 'wait.c')]);
      spawnSync('tar', ['-C', join(folder, 'root'), '-cf', join(folder, 'image.tar'), '.']);
      image = docker('import', join(folder, 'image.tar'));
      writeFileSync(join(folder, 'custom.json'), JSON.stringify(CUSTOM));
    });
    afterAll(() => {
      if (image) spawnSync('docker', ['rmi', '-f', image]);
      rmSync(folder, { recursive: true, force: true });
      reader.remove();
    });

    /** The filters of the container's only process, newest first, as the kernel keeps them. */
    function filterOf(options: readonly string[]): Uint8Array {
      const id = docker('run', '-d', '--network', 'none', ...options, image, '/wait');
      try {
        const pid = docker('inspect', '--format', '{{.State.Pid}}', id);
        const { status, stdout, stderr } = spawnSync(reader.path, [pid, '0']);
        if (status !== 0) throw new Error(stderr.toString());
        return stdout;
      } finally {
        spawnSync('docker', ['rm', '-f', id]);
      }
    }

    const cases: readonly (readonly [name: string, options: readonly string[], host: string])[] = [
      ['default', [], ''],
      ['--cap-add SYS_ADMIN', ['--cap-add', 'SYS_ADMIN'], ',cap=SYS_ADMIN'],
      [
        '--cap-add SYS_PTRACE,SYS_TIME',
        ['--cap-add', 'SYS_PTRACE', '--cap-add', 'SYS_TIME'],
        ',cap=SYS_PTRACE,cap=SYS_TIME',
      ],
      ['--cap-drop ALL', ['--cap-drop', 'ALL'], ',cap=-ALL'],
      ['--cap-drop SYS_CHROOT', ['--cap-drop', 'SYS_CHROOT'], ',cap=-SYS_CHROOT'],
      ['custom profile', ['--security-opt', 'seccomp=CUSTOM'], ',profile'],
      [
        'custom profile, --cap-drop ALL',
        ['--cap-drop', 'ALL', '--security-opt', 'seccomp=CUSTOM'],
        ',profile,cap=-ALL',
      ],
    ];

    test.each(cases)('%s', async (_, options, refinements) => {
      const custom = join(folder, 'custom.json');
      const version = docker('version', '--format', '{{.Server.Version}}').replace(/[+~-].*$/, '');
      const runc = /runc version (\d+\.\d+\.\d+)/.exec(
        spawnSync('runc', ['--version'], { encoding: 'utf8' }).stdout,
      )?.[1];
      const stack = `runc=${runc},libseccomp=${INSTALLED}`;
      const expression = refinements.startsWith(',profile')
        ? `profile:${custom},engine=docker@${version},${stack}${refinements.slice(',profile'.length)}`
        : `docker@${version},${stack}${refinements}`;
      const host = await openHost(expression);
      if (!host.ok) throw new Error(host.failure.what);
      const filter = decodeProgram(filterOf(options.map((word) => word.replace('CUSTOM', custom))), true);
      if (!filter.ok) throw new Error(filter.failure.what);
      const { compared, differences } = comparePrograms(host.value.policy!, filter.value);
      expect({ expression, differences }).toEqual({ expression, differences: [] });
      expect(compared).toBeGreaterThan(2000);
    });
  },
);
