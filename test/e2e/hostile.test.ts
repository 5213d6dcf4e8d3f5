import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { needs } from '../rig/need.ts';
import { MAIN, program, traceBuild, workFolder } from '../rig/program.ts';
import { inSandbox } from '../rig/sandbox.ts';

const folder = workFolder();
afterAll(() => folder.remove());

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(folder.path, 'round-'));
});
const at = (name: string): string => join(cwd, name);
const run = (...args: string[]) => traceBuild(args, { cwd, env: { XDG_CACHE_HOME: join(cwd, 'cache') } });

/** One sentence, with at most a line that says what to do. */
const SENTENCE = /^trace-build: (?!internal)[^\n]+\n(?: {2}[^\n]+\n)?$/;
const CALL = '1 execve("/bin/true", ["true"], 0x1 /* 1 var */) = 0\n1 +++ exited with 0 +++\n';

async function refuses(...args: string[]): Promise<string> {
  const done = await run(...args);
  expect(done.stderr).toMatch(SENTENCE);
  expect(done).toMatchObject({ status: 2, stdout: '' });
  return done.stderr;
}

needs('linux').describe('what never ends', () => {
  test.each([
    ['explain', 'clone3', '--on', 'profile:/dev/zero'],
    ['profile', 'show', '/dev/zero'],
    ['profile', 'convert', '/dev/zero', '--to', 'docker'],
    ['profile', 'disasm', '/dev/zero'],
    ['dockerfile', '-f', '/dev/zero', '.'],
  ])('%s %s %s %s', async (...args) => {
    expect(await refuses(...args)).toMatch(/larger than \d+ [KM]B/);
  });

  test('a pipe', async () => {
    const done = await program(
      'sh',
      ['-c', `yes '{' | "${process.execPath}" "${MAIN}" explain clone3 --on profile:/dev/stdin`],
      { cwd },
    );
    expect(done.stderr).toContain('/dev/stdin: the profile cannot be read: it is larger than');
  });

  test('a compressed file that is larger than any filter', async () => {
    const bomb = gzipSync(Buffer.alloc(32 << 20));
    // Members of a gzip file follow each other.
    writeFileSync(at('bomb.gz'), Buffer.concat(Array(20).fill(bomb)));
    expect(await refuses('profile', 'disasm', 'bomb.gz')).toMatch(/unpacks to more than \d+ MB/);
  });
});

describe('what is not to be quoted', () => {
  test.each([
    'hunter2 is the password',
    '{"a": "hunter2", oops',
    '{"a": hunter2}',
    '"hunter2", 1',
    '{"a": "hunter2',
  ])('a profile that holds %j', async (text) => {
    writeFileSync(at('file'), text);
    for (const args of [
      ['explain', 'clone3', '--on', 'profile:file'],
      ['profile', 'show', 'profile:file'],
      ['replay', 'x.strace', '--against', 'profile:file'],
    ]) {
      writeFileSync(at('x.strace'), CALL);
      const said = await refuses(...args);
      expect(said).toMatch(/file: not valid JSON(?: at line 1, column \d+|: it ends too early)\n/);
      expect(said).not.toMatch(/hunter|oops|pass/);
    }
  });
});

describe('what docker would read as an option', () => {
  test.each([
    ['--image', '--privileged'],
    ['--tracer-image', '--privileged'],
    ['--tracer-image', '-v/:/host'],
  ])('%s=%s', async (option, value) => {
    const image = option === '--image' ? [] : ['--image', 'debian:bookworm-slim'];
    const said = await refuses(
      'run',
      '--engine',
      'docker',
      ...image,
      `${option}=${value}`,
      '--',
      'touch',
      'ran',
    );
    expect(said).toContain(`${option} ${value}: no image has such a name`);
  });
});

needs('linux', 'bwrap', 'strace').describe('an image archive that', () => {
  /** A header of tar with what matters here; see tar(5). */
  function entry(path: string, type: string, { link = '', data = '' } = {}): Buffer {
    const header = Buffer.alloc(512);
    header.write(path, 0);
    header.write('0000755\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(link, 157);
    header.write('ustar\0' + '00', 257);
    const sum = header.reduce((all, byte) => all + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const padded = Buffer.alloc(Math.ceil(data.length / 512) * 512);
    padded.write(data);
    return Buffer.concat([header, padded]);
  }
  const archive = (...entries: Buffer[]): Buffer => Buffer.concat([...entries, Buffer.alloc(1024)]);

  /** A docker save archive of one layer. */
  function image(...layer: Buffer[]): string {
    const root = at('saved');
    mkdirSync(root);
    writeFileSync(join(root, 'layer.tar'), archive(...layer));
    writeFileSync(join(root, 'config.json'), '{"architecture": "amd64", "config": {}}');
    writeFileSync(join(root, 'manifest.json'), '[{"Config": "config.json", "Layers": ["layer.tar"]}]');
    execFileSync('tar', ['-C', root, '-cf', at('image.tar'), '.']);
    return 'image.tar';
  }

  test('climbs, links and goes through links out of itself stays inside', async () => {
    writeFileSync(at('secret'), 'outside');
    const up = `${'../'.repeat(20)}`;
    const made = image(
      entry(`${up}climbed`, '0', { data: 'x' }),
      entry('/absolute', '0', { data: 'x' }),
      entry('out', '2', { link: cwd }),
      entry('out/through', '0', { data: 'x' }),
      entry('up', '2', { link: up }),
      entry('up/over', '0', { data: 'x' }),
      entry('device', '3'),
      entry('.wh...', '0'),
      entry(`.wh.${'..'}`, '0'),
      entry('out/.wh.secret', '0'),
    );
    await run('run', '-q', '--engine', 'bubblewrap', '--image', made, '-o', 'a', '--', '/nothing');
    expect(
      readdirSync(cwd)
        .sort()
        .filter((name) => !/^(?:a\.|cache|saved|image)/.test(name)),
    ).toEqual(['secret']);
    expect(['/climbed', '/absolute', '/over'].filter((path) => existsSync(path))).toEqual([]);
  });

  test('has a hard link to what is outside is refused, or gets nothing of it', async () => {
    writeFileSync(at('secret'), 'outside');
    const made = image(entry('hard', '1', { link: `${'../'.repeat(20)}${at('secret').slice(1)}` }));
    const done = await run(
      'run',
      '-q',
      '--engine',
      'bubblewrap',
      '--image',
      made,
      '-o',
      'a',
      '--',
      '/nothing',
    );
    expect(done.stderr).toMatch(SENTENCE);
    expect(done.stderr).not.toContain('outside');
  });

  test('names a file of this machine as its configuration is refused', async () => {
    const root = at('layout');
    mkdirSync(root);
    writeFileSync(join(root, 'layer.tar'), archive());
    symlinkSync('/etc/passwd', join(root, 'config.json'));
    writeFileSync(join(root, 'manifest.json'), '[{"Config": "config.json", "Layers": ["layer.tar"]}]');
    const said = await refuses('run', '-q', '--engine', 'bubblewrap', '--image', 'layout', '--', 'true');
    expect(said).toContain('leads out of the image');
    expect(said).not.toContain('root:');
  });

  test('unpacks to more than there is room for ends before the disk is full', async () => {
    const made = image(
      ...Array.from({ length: 40 }, (_, n) => entry(`f${n}`, '0', { data: 'x'.repeat(100_000) })),
    );
    const inside = `XDG_CACHE_HOME=/mnt/cache "${process.execPath}" "${MAIN}" run -q --engine bubblewrap --image ${made} -o a -- /nothing; echo status $?`;
    const done = await inSandbox(['--size', '2000000', '--tmpfs', '/mnt'], inside, { cwd });
    expect(done.stderr).toMatch(/unpacks to more than the \d MB that there is room for/);
    expect(done.stdout).toBe('status 2\n');
  });
});

needs('linux', 'bwrap', 'strace').describe('limits of the machine', () => {
  const recording = `"${process.execPath}" "${MAIN}" run -q --on unconfined -o a -- sh -c 'for i in $(seq 300); do od -An -N99 /dev/urandom >/dev/null; done'`;

  test('no room for temporary files anywhere', async () => {
    const full = 'for f in /tmp /var/tmp /dev/shm; do head -c 100000 /dev/zero > $f/fill; done 2>/dev/null';
    const tiny = ['/tmp', '/var/tmp', '/dev/shm'].flatMap((path) => ['--size', '8192', '--tmpfs', path]);
    const words = [...tiny, '--bind', cwd, '/mnt', '--chdir', '/mnt'];
    const done = await inSandbox(words, `${full}; TMPDIR= ${recording}`, { cwd });
    expect(done.stderr).not.toContain('internal error');
    // The command has run, or one sentence says why not; nothing waits for ever.
    expect([0, 3]).toContain(done.status);
  });

  test('ulimit -f', async () => {
    const small = await program('sh', ['-c', `ulimit -f 1; ${recording}`], { cwd });
    expect(small).toMatchObject({ status: 3, stdout: '' });
    expect(small.stderr).toMatch(/can't be written: the file size limit \(ulimit -f\) is reached\n {2}.*\n$/);
    expect(readdirSync(cwd)).toEqual([]);
    const done = await program('sh', ['-c', `ulimit -f 16; ${recording}`], { cwd });
    expect(done.stdout).toContain(
      'The recording is not complete: the file size limit (ulimit -f) is reached.',
    );
    expect(done.stderr).toBe('');
  });
});
