// `npm run demo`: from a fresh clone to the main job. Sets up what is missing, builds, and traces a real build.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const say = (text) => process.stdout.write(`${text}\n`);
const stop = (text) => {
  process.stderr.write(`demo: ${text}\n`);
  process.exit(3);
};

/** What the main job needs besides Node: program, and the package that has it under every package manager's name. */
const NEEDED = [
  { program: 'strace', packageName: 'strace' },
  { program: 'bwrap', packageName: 'bubblewrap' },
];

/** Package managers by the program that is on the machine; `prepare` refreshes the lists where that is needed. */
const MANAGERS = [
  {
    program: 'apt-get',
    prepare: ['apt-get', 'update'],
    install: ['apt-get', 'install', '-y', '--no-install-recommends'],
  },
  { program: 'dnf', install: ['dnf', 'install', '-y'] },
  { program: 'yum', install: ['yum', 'install', '-y'] },
  { program: 'apk', install: ['apk', 'add'] },
  { program: 'pacman', install: ['pacman', '-Sy', '--noconfirm'] },
  { program: 'zypper', install: ['zypper', '--non-interactive', 'install'] },
];

function has(program) {
  // The administrator's folders are often not on a user's PATH.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function agreed(question) {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question(`${question} [Y/n] `);
  lines.close();
  return !/^\s*n/i.test(answer);
}

async function installMissing() {
  const missing = NEEDED.filter(({ program }) => !has(program)).map(({ packageName }) => packageName);
  if (missing.length === 0) return;
  const manager = MANAGERS.find(({ program }) => has(program));
  if (!manager)
    stop(`please install ${missing.join(' and ')} with your package manager, then run this again`);
  const steps = [...(manager.prepare ? [manager.prepare] : []), [...manager.install, ...missing]];
  const root = process.getuid() === 0;
  const typed = steps.map((words) => (root ? words : ['sudo', ...words]).join(' ')).join(' && ');
  say(`Missing: ${missing.join(', ')}. The command that installs it:\n  ${typed}`);
  const interactive = process.stdin.isTTY && process.stdout.isTTY;
  if (interactive ? !(await agreed('Run it now?')) : !root) stop('run that command, then this again');
  if (!root && !has('sudo')) stop('there is no sudo here: run that command as root, then this again');
  for (const words of steps) {
    const [program, ...rest] = root ? words : ['sudo', ...words];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    if (spawnSync(program, rest, { stdio: 'inherit', env }).status !== 0)
      stop(`this failed: ${words.join(' ')}`);
  }
}

if (process.platform !== 'linux') {
  stop(
    'commands can be traced on Linux only; traces made elsewhere can be judged here: trace-build replay --help',
  );
}
await installMissing();
say('Building …');
const built = spawnSync(process.execPath, [at('scripts/build.mjs')], { stdio: 'inherit' });
if (built.status !== 0) stop('the build failed; see the messages above');

// An engine before Docker 20.10: its profile does not know faccessat2 and fchmodat2, and its runtime refuses with EPERM.
const HOST = 'docker@19.03.15';
const folder = mkdtempSync(join(tmpdir(), 'trace-build-demo-'));
try {
  for (const file of ['make.sh', 'build.sh']) copyFileSync(at(`fixtures/tar/${file}`), join(folder, file));
  spawnSync('sh', ['make.sh'], { cwd: folder, stdio: 'inherit' });
  const ran = (args) => {
    say(`\n$ trace-build ${args.join(' ')}`);
    const done = spawnSync(process.execPath, [at('dist/cli/main.js'), ...args], {
      cwd: folder,
      stdio: 'inherit',
    });
    say(`[exit status ${done.status}]`);
    return done.status;
  };
  say('\nA build that unpacks an archive and runs a script out of it, on this machine:');
  const free = ran(['--on', 'unconfined', '--', 'sh', 'build.sh']);
  say(`\nThe same build as a machine with ${HOST.replace('@', ' ')} would run it:`);
  const old = ran(['--on', HOST, '--', 'sh', 'build.sh']);
  if (free !== 0 || old !== 1) stop(`expected the exit statuses 0 and 1, got ${free} and ${old}`);
  const { bin } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  say(`\nYour turn: npx trace-build -- YOUR BUILD COMMAND   (or: node ${bin['trace-build']} -- …)`);
} finally {
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
}
