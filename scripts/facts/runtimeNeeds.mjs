// Measures what runc, crun and bubblewrap call between loading a filter and executing the command, and while it runs under it:
// each call is refused (ENOSYS) alone and the container is started, in each scenario. Writes facts/runtime-needs.json; rows of
// other versions stay. As root, on a machine with the programs, gcc and strace:
//
//   node scripts/facts/runtimeNeeds.mjs [--starts 5] [runc|crun|bubblewrap …]
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FACTS = fileURLToPath(new URL('../../facts/runtime-needs.json', import.meta.url));
const args = process.argv.slice(2);
const at = args.indexOf('--starts');
const STARTS = at < 0 ? 5 : Number(args.splice(at, 2)[1]);
const RUNTIMES = args.length > 0 ? args : ['runc', 'crun', 'bubblewrap'];

/** It calls execve (the runtime's) and exit_group alone; `pause` waits for a signal, for exec. */
const PROGRAM = `
static long call(long nr, long a, long b, long c, long d) {
  long result;
  register long r10 __asm__("r10") = d;
  __asm__ volatile("syscall" : "=a"(result) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
  return result;
}
__attribute__((used)) void begin(long *stack) {
  if (stack[0] > 1) call(34, 0, 0, 0, 0);
  call(231, 0, 0, 0, 0);
}
__asm__(".globl _start\\n_start: mov %rsp, %rdi\\n and $-16, %rsp\\n call begin");
`;
/** What the kernel needs of any program, and the test program itself; pause is its own. */
const ALWAYS = ['exit', 'exit_group', 'rt_sigreturn', 'restart_syscall', 'pause'];

const folder = mkdtempSync(join(tmpdir(), 'trace-build-needs-'));
const run = (program, words, options = {}) =>
  spawnSync(program, words, { encoding: 'utf8', timeout: 20_000, killSignal: 'SIGKILL', ...options });

function version(runtime) {
  const { stdout } = run(runtime === 'bubblewrap' ? 'bwrap' : runtime, ['--version']);
  return /(\d+\.\d+[\w.-]*)/.exec(stdout)?.[1];
}

const DOCKER_CAPS = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FSETID',
  'FOWNER',
  'MKNOD',
  'NET_RAW',
  'SETGID',
  'SETUID',
  'SETFCAP',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'SYS_CHROOT',
  'KILL',
  'AUDIT_WRITE',
].map((name) => `CAP_${name}`);

/** How a container is started; each is a way that may need other calls. */
const SCENARIOS = {
  root: {},
  user: { user: { uid: 1000, gid: 1000, additionalGids: [10, 20], umask: 0o27 }, cwd: '/tmp' },
  terminal: { terminal: true },
  // As Docker, Podman and containerd start it: made, held, then started.
  create: { create: true },
  exec: { exec: true },
};

function bundle(scenario, noNewPrivileges, names) {
  const { user = { uid: 0, gid: 0 }, cwd = '/', terminal = false, create, exec } = SCENARIOS[scenario];
  return {
    ociVersion: '1.0.2',
    process: {
      terminal,
      user,
      cwd,
      args: create || exec ? ['/program', 'pause'] : ['/program'],
      env: ['PATH=/'],
      noNewPrivileges,
      capabilities: Object.fromEntries(
        ['bounding', 'effective', 'permitted'].map((set) => [
          set,
          user.uid === 0 || set === 'bounding' ? DOCKER_CAPS : [],
        ]),
      ),
    },
    root: { path: 'rootfs', readonly: false },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
      {
        destination: '/dev/pts',
        type: 'devpts',
        source: 'devpts',
        options: ['newinstance', 'ptmxmode=0666'],
      },
    ],
    linux: {
      namespaces: ['pid', 'ipc', 'uts', 'mount', 'network'].map((type) => ({ type })),
      maskedPaths: ['/proc/kcore'],
      readonlyPaths: ['/proc/sys'],
      seccomp: {
        defaultAction: 'SCMP_ACT_ERRNO',
        defaultErrnoRet: 38,
        architectures: ['SCMP_ARCH_X86_64'],
        syscalls: [{ names, action: 'SCMP_ACT_ALLOW' }],
      },
    },
  };
}

let serial = 0;

/** crun does not start where cgroup version 1 and 2 are mixed: a mount namespace with version 2 alone. */
const CGROUP_2 = existsSync('/sys/fs/cgroup/cgroup.controllers')
  ? []
  : ['unshare', '--mount', 'sh', '-c', 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"', 'sh'];

/** Starts one container; true when the program ran to its end. `trace`: strace writes there. */
function startsContainer(runtime, scenario, noNewPrivileges, names, trace) {
  writeFileSync(join(folder, 'config.json'), JSON.stringify(bundle(scenario, noNewPrivileges, names)));
  const id = `trace-build-needs-${process.pid}-${serial++}`;
  const global = runtime === 'crun' ? ['--cgroup-manager=disabled'] : [];
  const { terminal, exec, create } = SCENARIOS[scenario];
  const strace = trace ? ['strace', '-f', '-q', '-o', trace] : [];
  const inTerminal = (words) =>
    terminal ? ['script', '-qec', words.map((word) => `'${word}'`).join(' '), '/dev/null'] : words;
  const ended = ([program, ...rest], more) => run(program, rest, { cwd: folder, ...more });
  const own = [...(runtime === 'crun' ? CGROUP_2 : []), runtime, ...global];
  try {
    if (!exec && !create)
      return ended([...strace, ...inTerminal([...own, 'run', '--bundle', folder, id])]).status === 0;
    // strace stays with what it follows: in the background.
    const tracer = create ? strace : [];
    const made = ended(['sh', '-c', '"$@" &', 'sh', ...tracer, ...own, 'create', '--bundle', folder, id], {
      stdio: 'ignore',
    });
    if (made.status !== 0 || !reaches(own, id, ({ status }) => status === 'created')) return false;
    if (ended([...own, 'start', id]).status !== 0 || !reaches(own, id, ({ pid }) => executes(pid)))
      return false;
    if (create) return true;
    const more = noNewPrivileges ? ['--no-new-privs'] : [];
    return ended([...strace, ...own, 'exec', ...more, id, '/program']).status === 0;
  } finally {
    ended([...own, 'delete', '--force', id]);
  }
}

/** Whether the state of a container gets so within some seconds. */
function reaches([program, ...rest], id, holds) {
  for (const end = Date.now() + 5000; Date.now() < end; ) {
    const { stdout } = run(program, [...rest, 'state', id]);
    const state = stdout.startsWith('{') ? JSON.parse(stdout) : {};
    if (holds(state)) return true;
    if (state.status === 'stopped') return false;
    run('sleep', ['0.02']);
  }
  return false;
}

/** Whether a process is the test program by now. */
function executes(pid) {
  try {
    return readlinkSync(`/proc/${pid}/exe`).endsWith('/program');
  } catch {
    return false;
  }
}

/** A bubblewrap with its own first process (--unshare-pid), which stays under the filter too. */
function startsBubblewrap(names, trace) {
  const profile = join(folder, 'allow.json');
  writeFileSync(
    profile,
    JSON.stringify({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      architectures: ['SCMP_ARCH_X86_64'],
      syscalls: [{ names, action: 'SCMP_ACT_ALLOW' }],
    }),
  );
  const bpf = join(folder, 'allow.bpf');
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const compiled = run(process.execPath, [
    main,
    'profile',
    'compile',
    profile,
    '--arch',
    'x86_64',
    '-o',
    bpf,
    '--force',
  ]);
  if (compiled.status !== 0) throw new Error(compiled.stderr);
  const filter = openSync(bpf, 'r');
  const strace = trace ? ['strace', '-f', '-q', '-o', trace] : [];
  const bwrap = [
    'bwrap',
    '--dev-bind',
    '/',
    '/',
    '--unshare-pid',
    '--proc',
    '/proc',
    '--seccomp',
    '3',
    '--',
    join(folder, 'rootfs/program'),
  ];
  const [program, ...rest] = [...strace, ...bwrap];
  try {
    return run(program, rest, { stdio: ['ignore', 'pipe', 'pipe', filter] }).status === 0;
  } finally {
    closeSync(filter);
  }
}

/** Calls of the processes that loaded the filter, from then on. */
function calledUnderFilter(trace) {
  const under = new Set();
  const loading = new Set();
  const names = new Set();
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    const [, pid, name] = /^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed)/.exec(line) ?? [];
    if (pid === undefined) continue;
    if (under.has(pid)) names.add(name);
    if (/SECCOMP_SET_MODE_FILTER|PR_SET_SECCOMP, SECCOMP_MODE_FILTER/.test(line)) loading.add(pid);
    if (loading.has(pid) && !line.includes('<unfinished')) {
      loading.delete(pid);
      if (/ = 0$/.test(line)) under.add(pid);
    }
    const made = /(?:clone|clone3|fork|vfork)(?:\(| resumed).* = (\d+)$/.exec(line);
    if (made && under.has(pid)) under.add(made[1]);
  }
  return [...names].filter((name) => !ALWAYS.includes(name));
}

function measure(runtime, noNewPrivileges, known) {
  const scenarios = runtime === 'bubblewrap' ? ['root'] : Object.keys(SCENARIOS);
  const starts = (scenario, names, trace) =>
    runtime === 'bubblewrap'
      ? startsBubblewrap([...ALWAYS, ...names], trace)
      : startsContainer(runtime, scenario, noNewPrivileges, [...ALWAYS, ...names], trace);
  const trace = join(folder, 'trace');
  let names = [...known];
  // Everything that was seen is a candidate; refused calls show others, so until nothing is new.
  for (let before = -1; before !== names.length; ) {
    before = names.length;
    for (const scenario of scenarios) {
      starts(scenario, names, trace);
      names = [...new Set([...names, ...(existsSync(trace) ? calledUnderFilter(trace) : [])])].sort();
    }
  }
  for (const scenario of scenarios) {
    if (!starts(scenario, names))
      throw new Error(`${runtime} does not start (${scenario}) with all of: ${names.join(' ')}`);
  }
  const needed = [];
  const notNeeded = [];
  // One after the other, without those that turned out to be not needed.
  let left = names;
  for (const name of names) {
    const fewer = left.filter((other) => other !== name);
    const failing = scenarios.filter((scenario) => {
      for (let start = 0; start < STARTS; start++) if (!starts(scenario, fewer)) return true;
      return false;
    });
    if (failing.length > 0) needed.push({ name, failsWithout: failing });
    else {
      notNeeded.push(name);
      left = fewer;
    }
    process.stderr.write(`${runtime} ${noNewPrivileges} ${name}: ${failing.join(' ') || 'not needed'}\n`);
  }
  for (const scenario of scenarios) {
    for (let start = 0; start < 4 * STARTS; start++) {
      if (!starts(scenario, left))
        throw new Error(`${runtime} does not start each time (${scenario}) with: ${left.join(' ')}`);
    }
  }
  return { needed, notNeeded, scenarios };
}

try {
  const source = join(folder, 'program.c');
  writeFileSync(source, PROGRAM);
  run('mkdir', ['-p', join(folder, 'rootfs/tmp'), join(folder, 'rootfs/proc'), join(folder, 'rootfs/dev')]);
  run('chmod', ['0755', folder]);
  const made = run('gcc', [
    '-O1',
    '-static',
    '-nostdlib',
    '-nostartfiles',
    '-fno-stack-protector',
    '-o',
    join(folder, 'rootfs/program'),
    source,
  ]);
  if (made.status !== 0) throw new Error(made.stderr);
  const facts = JSON.parse(readFileSync(FACTS, 'utf8'));
  for (const runtime of RUNTIMES) {
    for (const noNewPrivileges of runtime === 'bubblewrap' ? [true] : [false, true]) {
      const own = version(runtime);
      const same = (row) =>
        row.runtime === runtime && row.version === own && row.noNewPrivileges === noNewPrivileges;
      const before = facts.rows.find(same);
      const known = before ? [...before.needed.map(({ name }) => name), ...before.notNeeded] : [];
      const found = measure(runtime, noNewPrivileges, known);
      const row = {
        runtime,
        version: own,
        noNewPrivileges,
        measured: `Linux ${release()} x86_64, ${STARTS} starts for each call and scenario, ${4 * STARTS} of the result`,
        ...found,
      };
      facts.rows = [...facts.rows.filter((other) => !same(other)), row].sort((a, b) =>
        `${a.runtime} ${a.version} ${a.noNewPrivileges}` < `${b.runtime} ${b.version} ${b.noNewPrivileges}`
          ? -1
          : 1,
      );
      writeFileSync(FACTS, `${JSON.stringify(facts, null, 1)}\n`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
