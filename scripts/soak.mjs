// Works for a long time in one process and looks for what grows: memory, open files, processes, temporary files, containers.
//
//   npm run soak -- [MINUTES]      (default: 60)
//
// Each round reads and redacts the traces of the repository and records a command; where Docker answers, a container is traced
// now and then. Exits with 1 when something has grown.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const dist = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
const [{ readTrace }, { writeRedacted }, { record }, { bubblewrapEngine }, { probeStrace }] =
  await Promise.all([
    dist('io/traces/traceFile.js'),
    dist('io/traces/redactFile.js'),
    dist('io/recording/record.js'),
    dist('io/engines/bubblewrap.js'),
    dist('io/recording/strace.js'),
  ]);
const IMAGE = process.env.KILL_TEST_IMAGE ?? 'debian:bookworm-slim';
const minutes = Number(process.argv[2] ?? 60);
const folder = mkdtempSync(join(tmpdir(), 'soak-'));
const traces = readdirSync(join(ROOT, 'traces'))
  .filter((name) => name.endsWith('.strace.gz'))
  .map((name) => join(ROOT, 'traces', name));
const strace = await probeStrace();
if (!strace.ok) throw new Error(strace.failure.what);
const docker = spawnSync('docker', ['image', 'inspect', IMAGE], { stdio: 'ignore' }).status === 0;

const check = (result) => {
  if (!result.ok) throw new Error(result.failure.what);
};

async function round(number) {
  const trace = traces[number % traces.length];
  check(await readTrace(trace));
  check(
    await writeRedacted(trace, join(folder, 'redacted.strace.gz'), {
      plain: false,
      paths: 'keep',
      cwd: '/',
      salt: undefined,
      out: () => undefined,
      force: true,
    }),
  );
  check(
    await record({
      engine: bubblewrapEngine,
      engineVersion: '',
      job: {
        command: ['sh', '-c', 'ls /etc'],
        cwd: folder,
        env: process.env,
        network: true,
        stdio: 'capture',
      },
      strace: strace.value,
      straceWishes: { raw: [] },
      output: join(folder, 'own.strace.gz'),
      mode: 'full',
      host: 'unconfined',
    }),
  );
  if (docker && number % 50 === 49) {
    const main = join(ROOT, 'dist/cli/main.js');
    const words = ['run', '-q', '--engine', 'docker', '--image', IMAGE, '-o', 'docker', '--', 'true'];
    execFileSync(process.execPath, [main, ...words], { cwd: folder, stdio: 'ignore' });
  }
}

const count = (place, is) => readdirSync(place).filter(is).length;

function measure() {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return {
    megabytes: (heapUsed + external) / 1e6,
    files: count('/proc/self/fd', () => true),
    children: execFileSync('ps', ['-o', 'pid=', '--ppid', String(process.pid)], { encoding: 'utf8' }).split(
      '\n',
    ).length,
    temporary: count(tmpdir(), (name) => name.includes(`-${process.pid}-`)),
    containers: docker
      ? execFileSync('docker', ['ps', '-aq', '--filter', 'label=trace-build.owner'], { encoding: 'utf8' })
          .split('\n')
          .filter((line) => line !== '').length
      : 0,
  };
}

const until = Date.now() + minutes * 60_000;
const seen = [];
let rounds = 0;
while (Date.now() < until) {
  await round(rounds++);
  if (rounds % 10 !== 0) continue;
  seen.push(measure());
  if (rounds % 100 === 0) console.log(rounds, JSON.stringify(seen.at(-1)));
}
rmSync(folder, { recursive: true, force: true });
const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
// Code is compiled and caches fill in the first quarter.
const early = seen.slice(seen.length >> 2, seen.length >> 1);
const late = seen.slice((seen.length * 3) >> 2);
let grown = false;
for (const key of Object.keys(seen[0] ?? {})) {
  const [before, after] = [early, late].map((part) => middle(part.map((one) => one[key])));
  const most = key === 'megabytes' ? before * 1.1 + 2 : before;
  grown ||= after > most;
  console.log(`${key}: ${before} -> ${after}${after > most ? ' HAS GROWN' : ''}`);
}
console.log(grown ? `something has grown in ${rounds} rounds` : `nothing has grown in ${rounds} rounds`);
process.exitCode = grown ? 1 : 0;
