import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { tableModules } from '../../tables/modules.mjs';

/** Each in its newest release: what a user has who names no version. */
const HOSTS = ['docker', 'buildkit', 'containerd', 'podman', 'buildah', 'crio', 'gvisor'];

/**
 * Which recorded traces a change of the facts gives another verdict, as lines of text. Two copies of the built product
 * judge them, one with the tables of each state: `before(name)` and `after(name)` give the value of a facts file.
 * @param {{ root: string, before: Function, after: Function }} what `root`: this repository, with a built dist/
 */
export function changedVerdicts({ root, before, after }) {
  const folder = join(root, 'traces');
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.strace.gz'))
    .map((file) => file.replace('.strace.gz', ''))
    .sort();
  // Inside node_modules, so that the copies find their dependencies.
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
  const work = mkdtempSync(join(root, 'node_modules/.cache/facts-'));
  try {
    const old = product({ root, work: join(work, 'old'), facts: before });
    const now = product({ root, work: join(work, 'new'), facts: after });
    return names.flatMap((name) => {
      const manifest = join(folder, `${name}.json`);
      const kernel = existsSync(manifest)
        ? /^\d+\.\d+/.exec(JSON.parse(readFileSync(manifest, 'utf8')).kernel ?? '')?.[0]
        : undefined;
      const file = join(folder, `${name}.strace.gz`);
      return differences(name, judge({ main: old, file, kernel }), judge({ main: now, file, kernel }));
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A copy of dist/ whose tables are made from other facts; gives its main file. */
function product({ root, work, facts }) {
  cpSync(join(root, 'dist'), join(work, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(work, 'package.json'));
  for (const { path, text } of tableModules(facts))
    writeFileSync(join(work, path.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js')), text);
  return join(work, 'dist/cli/main.js');
}

function judge({ main, file, kernel }) {
  const hosts = HOSTS.map((host) => (kernel && host !== 'gvisor' ? `${host},kernel=${kernel}` : host));
  const args = [main, 'replay', file, '--json', ...hosts.flatMap((host) => ['--against', host])];
  const ran = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (ran.status !== 0 && ran.status !== 1) throw new Error(`replay ${file}: ${ran.stderr.trim()}`);
  const verdicts = new Map();
  for (const [i, { host, blocked }] of JSON.parse(ran.stdout).hosts.entries())
    verdicts.set(HOSTS[i], {
      version: host.version,
      calls: new Map(
        blocked.map(({ syscall, abi, errno, cause }) => [`${syscall} (${abi})`, `${errno} (${cause})`]),
      ),
    });
  return verdicts;
}

function differences(name, before, after) {
  const lines = [];
  for (const [host, { version, calls }] of after) {
    const old = before.get(host);
    const from = old.version === version ? `${host} ${version}` : `${host} ${old.version} to ${version}`;
    for (const call of new Set([...old.calls.keys(), ...calls.keys()])) {
      const [was, is] = [old.calls.get(call) ?? 'not refused', calls.get(call) ?? 'not refused'];
      if (was !== is) lines.push(`${name}, ${from}: ${call} was ${was}, is ${is}`);
    }
  }
  return lines;
}
