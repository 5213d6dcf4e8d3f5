// Kills trace-build at random moments and looks for what it lost and what it left.
//
//   npm run kill-test -- [TIMES] [--modes run,fast,host,early,minimize,docker,dockerfile] [--seed N]
//
// After each kill the recorded trace must hold what happened until a second before; after the next start there must be no
// process, mount, container, image or temporary file left. `early` kills strace itself in its first moments. Prints a line
// for each kill; exits with 1 where something was lost or left.
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { constants, gunzipSync } from 'node:zlib';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const IMAGE = process.env.KILL_TEST_IMAGE ?? 'debian:bookworm-slim';
const ALL = ['run', 'fast', 'minimize', 'docker', 'dockerfile', 'early', 'host'];

const args = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = args.indexOf(`--${name}`);
  return at === -1 ? otherwise : args.splice(at, 2)[1];
};
const modes = option('modes', ALL.join(',')).split(',');
let seed = Number(option('seed', Date.now() % 100_000));
const times = Number(args[0] ?? 20);
console.log(`${times} kills, --modes ${modes.join(',')} --seed ${seed}`);

/** The same moments for the same seed, as far as a machine repeats itself. */
function random() {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  return seed / 0x7fff_ffff;
}

const base = mkdtempSync(join(tmpdir(), 'kill-test-'));
const env = { ...process.env, XDG_CACHE_HOME: join(base, 'cache'), DOCKER_BUILDKIT: '0' };

/** What a build prints is kept here until it has been cleaned up. */
const BUILDS = join(base, 'cache/trace-build/builds');

/** Twenty calls a second that a trace shows, each told on standard output once it was made. */
const steps = (mark, count) =>
  `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); [ -x /${mark}-$i ]; echo "${mark} $i"; sleep 0.05; done`;

function commandOf(mode, mark, cwd) {
  const on = ['--on', 'docker@19.03.15'];
  const shell = ['sh', '-c', steps(mark, 400)];
  switch (mode) {
    case 'fast':
      return ['run', '-q', '--fast', ...on, '-o', 'out', '--', ...shell];
    case 'host':
      return ['run', '-q', '--engine', 'host', '--fast', ...on, '-o', 'out', '--', ...shell];
    case 'minimize':
      return [
        'minimize',
        '-q',
        ...on,
        '-o',
        'profile.json',
        '--',
        'sh',
        '-c',
        `${steps(mark, 8)}; [ -x /bin/sh ]`,
      ];
    case 'docker':
      return ['run', '-q', '--engine', 'docker', '--image', IMAGE, '-o', 'out', '--', ...shell];
    case 'dockerfile':
      writeFileSync(
        join(cwd, 'Dockerfile'),
        [`FROM ${IMAGE}`, `RUN echo ${mark}; sleep 0.5`, `ENV MARK=${mark}`, 'COPY Dockerfile /']
          .concat(`RUN ${steps(mark, 40)}; exit 3`)
          .join('\n'),
      );
      return ['dockerfile', '-q', '-o', 'out', '.'];
    default:
      return ['run', '-q', ...on, '-o', 'out', '--', ...shell];
  }
}

/** When to kill, in milliseconds after the start: from before anything happens until well within. */
const latest = { run: 4000, fast: 4000, host: 4000, minimize: 8000, docker: 6000, dockerfile: 12_000 };

function text(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const names = (folder) => (existsSync(folder) ? readdirSync(folder) : []);

/** Living processes of which something is true of the command line. */
function processes(is) {
  return names('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => is(text(`/proc/${pid}/cmdline`)) && !/^State:\s+Z/m.test(text(`/proc/${pid}/status`)));
}

function docker(...words) {
  return execFileSync('docker', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .split('\n')
    .filter((line) => line !== '');
}

/** `finished`: it had done its work, and what it built stays in the builder's cache as after any build: images without a name. */
function leftovers(mode, mark, pid, cwd, finished) {
  const left = [];
  for (const one of processes((line) => line.includes(mark) || line.includes(`-${pid}-`))) {
    const line = text(`/proc/${one}/cmdline`).replaceAll('\0', ' ').slice(0, 120);
    left.push(`process ${one} ${/^State:\s+(\S)/m.exec(text(`/proc/${one}/status`))?.[1]}: ${line}`);
  }
  const mine = new RegExp(`trace-build-\\d+-${pid}-`);
  for (const line of text('/proc/mounts').split('\n')) if (mine.test(line)) left.push(`mount ${line}`);
  for (const place of [tmpdir(), '/var/tmp', '/dev/shm']) {
    for (const name of names(place)) if (mine.test(name)) left.push(`temporary ${join(place, name)}`);
  }
  for (const name of names(cwd)) if (name.endsWith('.tmp')) left.push(`half-written ${name}`);
  for (const name of names(BUILDS)) left.push(`build log ${name}`);
  if (mode.startsWith('docker')) {
    for (const line of docker('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.Command}} {{.Labels}}')) {
      if (line.includes(mark) || line.includes(`/${pid}/`)) left.push(`container ${line.slice(0, 160)}`);
    }
    const ids = docker('image', 'ls', '--all', '--quiet', '--no-trunc');
    const format = '{{.Id}} {{.RepoTags}} {{json .Config}} {{json .ContainerConfig}}';
    const isCache = (line) => line.includes(' [] ') && !line.includes('trace-build.owner');
    for (const id of new Set(ids)) {
      let line = '';
      try {
        [line = ''] = docker('image', 'inspect', '--format', format, id);
      } catch {
        // Somebody else's that went away.
      }
      if (line.includes(mark) && !(finished && isCache(line))) left.push(`image ${line.slice(0, 120)}`);
    }
  }
  return left;
}

function readable(path) {
  if (!existsSync(path)) return '';
  return gunzipSync(readFileSync(path), { finishFlush: constants.Z_SYNC_FLUSH }).toString('latin1');
}

/** `scale`: of the time until it is killed. */
async function once(number, scale = 1) {
  const mode = modes[number % modes.length];
  const mark = `mark${process.pid}x${number}x${Math.floor(random() * 1e6)}`;
  const cwd = join(base, String(number));
  mkdirSync(cwd);
  const child = spawn(process.execPath, [MAIN, ...commandOf(mode, mark, cwd)], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((settle) => child.once('exit', settle));
  const closed = new Promise((settle) => child.once('close', settle));
  const seen = [];
  let reported = false;
  let carry = '';
  child.stdout.on('data', (chunk) => {
    const lines = (carry + chunk).split('\n');
    carry = lines.pop();
    for (const line of lines) {
      const [, step] = new RegExp(`^${mark} (\\d+)$`).exec(line) ?? [];
      if (step !== undefined) seen.push({ step: Number(step), at: Date.now() });
      else if (line !== '') reported = true;
    }
  });
  let wait;
  if (mode === 'early') {
    // As soon as strace is there, and up to a few milliseconds later.
    const writes = () =>
      processes(
        (line) => /^[^\0]*strace\0/.test(line) && line.includes(`-${child.pid}-`) && line.includes(mark),
      );
    for (let tries = 0; tries < 2000 && writes().length === 0; tries++) await sleep(1);
    wait = random() * 15;
    await sleep(wait);
    for (const pid of writes().slice(0, 1)) process.kill(Number(pid), 'SIGKILL');
    // It starts another one where the command had not been tried, and is killed itself then.
    await Promise.race([ended, sleep(2000)]);
    child.kill('SIGKILL');
    await ended;
  } else {
    wait = 50 + random() * latest[mode] * scale;
    await Promise.race([sleep(wait), ended]);
    child.kill('SIGKILL');
    await ended;
  }
  const alone = child.signalCode === null;
  const building = names(BUILDS).some((name) => name.includes(`_${child.pid}_`));
  const killed = Date.now();
  const faults = [];
  if (mode !== 'early' && mode !== 'minimize') {
    // What the command said a second ago it had done before that.
    const due = seen.filter(({ at }) => at <= killed - 1000).at(-1)?.step ?? 0;
    let trace = '';
    try {
      trace = readable(join(cwd, 'out.strace.gz'));
    } catch (error) {
      faults.push(`the trace is not readable: ${error.message}`);
    }
    // In a Dockerfile the builder executes the step, too, and says nothing of it.
    if (due > 0 && !trace.includes(`/${mark}-${due}"`))
      faults.push(`step ${due} of ${seen.at(-1)?.step} is lost`);
  }
  await sleep(random() * 300);
  // The next start, of the same kind.
  const container = mode.startsWith('docker')
    ? ['--engine', 'docker', '--image', IMAGE]
    : ['--on', 'unconfined'];
  execFileSync(process.execPath, [MAIN, 'run', '-q', ...container, '-o', 'next', '--', 'true'], {
    cwd,
    env,
    stdio: 'ignore',
  });
  let left = [];
  // A kill, and what a daemon does with a client that is gone, take a moment.
  for (let tries = 0; tries < 20; tries++) {
    left = leftovers(mode, mark, child.pid, cwd, alone || (reported && !building));
    if (left.length === 0) break;
    await sleep(100);
  }
  faults.push(...left.map((one) => `left: ${one}`));
  if (left.length === 0) {
    // Whoever still holds the user's standard output is hidden well.
    const open = await Promise.race([closed.then(() => false), sleep(2000).then(() => true)]);
    if (open) faults.push('somebody still holds the standard output');
  }
  const verdict = faults.length > 0 ? faults.join('\n    ') : alone ? 'it ended by itself: once more' : 'ok';
  console.log(`${number + 1} ${mode} after ${Math.round(wait)} ms, ${seen.length} steps: ${verdict}`);
  rmSync(cwd, { recursive: true, force: true });
  if (alone && faults.length === 0 && mode !== 'early') return once(number, scale / 2);
  return faults.length === 0;
}

let bad = 0;
for (let number = 0; number < times; number++) if (!(await once(number))) bad++;
rmSync(base, { recursive: true, force: true });
console.log(
  bad === 0
    ? `nothing lost, nothing left in ${times} kills`
    : `${bad} of ${times} kills lost or left something`,
);
process.exitCode = bad === 0 ? 0 : 1;
