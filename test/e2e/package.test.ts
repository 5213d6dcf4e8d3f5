import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { needs } from '../rig/need.ts';
import { program, workFolder } from '../rig/program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = workFolder();
const home = join(folder.path, 'a home');
const main = join(home, 'package/dist/cli/main.cjs');
afterAll(() => folder.remove());

test('what is published holds all that is needed and nothing else', async () => {
  // Already built by the tests' set-up: --ignore-scripts keeps npm from building under the other tests.
  const packed = await program(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder.path],
    { cwd: root },
  );
  expect(packed.status, packed.stderr).toBe(0);
  const [{ files, unpackedSize }] = JSON.parse(packed.stdout) as [
    { files: { path: string }[]; unpackedSize: number },
  ];
  const paths = files.map(({ path }) => path);
  for (const wanted of [
    'dist/cli/main.cjs',
    'dist/cli/main.js',
    'dist/index.js',
    'dist/index.d.ts',
    'Dockerfile.tracer',
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
    'package.json',
  ]) {
    expect(paths).toContain(wanted);
  }
  expect(paths.filter((path) => !/^(dist\/|docs\/|[A-Z][\w.]+$|package\.json$)/.test(path))).toEqual([]);
  const links = readFileSync(join(root, 'README.md'), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g);
  for (const [, link] of links) expect(paths).toContain(link);
  expect(unpackedSize).toBeLessThan(14_000_000);
});

needs('linux', 'strace', 'bwrap').describe('the published package', () => {
  test('runs in an empty folder', async () => {
    const [name] = readdirSync(folder.path).filter((file) => file.endsWith('.tgz'));
    mkdirSync(home);
    // What npx does, without asking a registry for the dependencies that are installed here already.
    spawnSync('tar', ['xzf', join(folder.path, name!), '-C', home]);
    spawnSync('ln', ['-s', join(root, 'node_modules'), join(home, 'node_modules')]);
    expect(existsSync(main)).toBe(true);
    const done = await program(main, ['--on', 'docker@19.03.15', '--', 'sh', '-c', '[ -x /bin/sh ]'], {
      cwd: home,
    });
    expect(done.stdout).toContain('faccessat2');
    expect(done.status).toBe(1);
    expect(readdirSync(join(home, 'traces/local')).length).toBe(3);
  });

  test('runs where nothing can be written, and finds ripgrep', async () => {
    const traces = join(root, 'traces');
    const readOnly = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'];
    const words = ['replay', traces, '--against', 'docker@20.10.5', '--json'];
    const done = await program('bwrap', [...readOnly, process.execPath, main, ...words], { cwd: home });
    expect(done.stderr).toMatch(/^trace-build: \d+ of \d+ traces holds? a denial already\n$/);
    expect(JSON.parse(done.stdout)).toMatchObject({ schema: 'trace-build/replay@1' });
  });

  test.each(['run', 'replay', 'check', 'report', 'explain', 'doctor'])(
    '%s is one file, which the modules stand in for',
    async (command) => {
      const bundle = join(home, `package/dist/cli/bundles/${command}.cjs`);
      const help = async () => (await program(main, [command, '--help'], { cwd: home })).stdout;
      const bundled = await help();
      expect(bundled).toContain(`Usage: trace-build ${command}`);
      renameSync(bundle, `${bundle}.away`);
      expect(await help()).toBe(bundled);
    },
  );

  test('is a library', async () => {
    const script = `import { TraceReader, openHost, blockedOn } from '${join(home, 'package/dist/index.js')}';
      const reader = new TraceReader({ file: 'x' });
      reader.push(new TextEncoder().encode('7 [ 272] unshare(CLONE_NEWNS) = 0\\n'));
      const host = await openHost('docker@24.0.9,arch=x86_64');
      console.log(blockedOn([reader.end()], host.value).map(({ syscall, errno }) => syscall + ' ' + errno).join());`;
    const done = await program(process.execPath, ['--input-type=module', '-e', script], { cwd: folder.path });
    expect(done.stderr).toBe('');
    expect(done.stdout).toBe('unshare EPERM\n');
  });
});
