import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create, Header } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unpackImage } from '../../src/io/images/image.ts';
import { needs } from '../rig/need.ts';
import { makeTinyImage } from '../rig/tinyImage.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  process.env.XDG_CACHE_HOME = join(folder, 'cache');
});
afterAll(() => {
  delete process.env.XDG_CACHE_HOME;
  rmSync(folder, { recursive: true, force: true });
});

async function unpacked(path: string) {
  const result = await unpackImage(path);
  if (!result.ok) throw new Error(result.failure.what);
  return result.value;
}

/** Every path below a folder with what matters of it. */
function listing(root: string, skip: readonly string[] = []): string[] {
  const lines: string[] = [];
  const walk = (path: string): void => {
    for (const name of readdirSync(join(root, path)).sort()) {
      const inside = join(path, name);
      if (skip.includes(inside)) continue;
      const { mode, uid, gid, size, nlink } = lstatSync(join(root, inside));
      const kind = mode & 0o170000;
      const what = { 9604: 'folder', 21609: 'link', 16807: 'file' }[kind] ?? 'other';
      const more =
        what === 'link' ? readlinkSync(join(root, inside)) : what === 'file' ? `${size} ${nlink}` : '';
      lines.push(
        `${inside} ${what} ${what === 'link' ? '' : (mode & 0o7777).toString(8)} ${uid}:${gid} ${more}`,
      );
      if (what === 'folder') walk(inside);
    }
  };
  walk('/');
  return lines;
}

needs('docker', 'tar', 'zstd', 'busybox', 'strace').describe('a real image', () => {
  const name = `trace-build-test-image-${process.pid}`;
  const base = `trace-build-test-base-${process.pid}`;
  afterAll(() => {
    execFileSync('docker', ['rmi', '-f', name, base], { stdio: 'ignore' });
  });

  test('has the tree that Docker shows, whiteouts and links included', async () => {
    makeTinyImage('docker', base, folder);
    const context = join(folder, 'context');
    mkdirSync(context);
    writeFileSync(
      join(context, 'Dockerfile'),
      [
        `FROM ${base}`,
        'RUN /bin/busybox --install -s /bin && mkdir -p /usr/share/doc/a /etc && touch /etc/motd',
        'RUN rm -r /usr/share/doc /etc/motd && mkdir -p /a/b/c /opaque && touch /a/b/c/1 /a/b/2 /opaque/old && ln -s /a/b /link && chmod 4755 /a/b/2 && chown 7:8 /a/b/2 && ln /a/b/2 /a/hard',
        'RUN rm /a/b/c/1 && rm -r /opaque && mkdir /opaque && touch /opaque/new /link/3 && mkdir /usr/share/doc',
        'RUN rm -r /a/b/c && touch /a/b/c',
        'ENV GREETING="hello there"',
        'WORKDIR /a',
        'USER 7',
        'CMD ["true"]',
      ].join('\n'),
    );
    execFileSync('docker', ['build', '-q', '-t', name, context], {
      stdio: 'pipe',
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
    });
    const saved = join(folder, 'saved.tar');
    execFileSync('docker', ['save', '-o', saved, name]);
    const image = await unpacked(saved);
    expect(image).toMatchObject({ cwd: '/a', user: '7', cmd: ['true'], env: { GREETING: 'hello there' } });
    expect(readdirSync(join(image.rootfs, 'opaque'))).toEqual(['new']);

    const container = execFileSync('docker', ['create', name], { encoding: 'utf8' }).trim();
    const exported = join(folder, 'exported');
    mkdirSync(exported);
    try {
      execFileSync('sh', ['-c', `docker export ${container} | tar -x -C ${exported} --exclude 'dev/*'`]);
    } finally {
      execFileSync('docker', ['rm', '-f', container], { stdio: 'ignore' });
    }
    // What Docker puts into a container itself, and the link counts of Docker's own export.
    const skip = [
      '/.dockerenv',
      '/dev',
      '/etc/hostname',
      '/etc/hosts',
      '/etc/resolv.conf',
      '/etc/mtab',
      '/proc',
      '/sys',
    ];
    expect(listing(image.rootfs, skip)).toEqual(listing(exported, skip));

    const again = await unpacked(saved);
    expect(again.rootfs).toBe(image.rootfs);
  });
});

/** Writes an OCI layout whose layers have these entries. */
function layout(place: string, layers: readonly Buffer[], manifestExtra: object = {}): void {
  const blobs = join(place, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (content: Buffer | object) => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(blobs, hex), bytes);
    return { digest: `sha256:${hex}`, size: bytes.length };
  };
  const config = put({ architecture: 'amd64', os: 'linux', config: { Env: ['A=b=c'] } });
  const manifest = put({ schemaVersion: 2, config, layers: layers.map(put), ...manifestExtra });
  writeFileSync(join(place, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(place, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
}

interface Entry {
  readonly path: string;
  readonly type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'CharacterDevice';
  readonly linkpath?: string;
  readonly content?: string;
}

/** A tar archive with exactly these paths, hostile ones too. */
function archive(entries: readonly Entry[]): Buffer {
  const parts: Buffer[] = [];
  for (const { path, type = 'File', linkpath, content = '' } of entries) {
    const header = new Header({
      path,
      type,
      mode: type === 'Directory' ? 0o755 : 0o644,
      size: type === 'File' ? Buffer.byteLength(content) : 0,
      uid: 0,
      gid: 0,
      ...(linkpath === undefined ? {} : { linkpath }),
    });
    const block = Buffer.alloc(512);
    header.encode(block);
    parts.push(block);
    if (type === 'File' && content !== '') {
      const data = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
      data.write(content);
      parts.push(data);
    }
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

describe('an OCI layout', () => {
  test('is read with plain and gzip layers; a layer may bring and hide in one folder', async () => {
    const place = join(folder, 'plain');
    layout(place, [
      archive([
        { path: 'd/old', content: 'old' },
        { path: 'd/kept', content: 'kept' },
        { path: 'e/x', content: 'x' },
      ]),
      gzipSync(
        archive([
          { path: 'd/.wh.old' },
          { path: 'e/new', content: 'new' },
          { path: 'e/.wh..wh..opq' },
          { path: 'null', type: 'CharacterDevice' },
        ]),
      ),
    ]);
    const image = await unpacked(place);
    expect(readdirSync(join(image.rootfs, 'd'))).toEqual(['kept']);
    expect(readdirSync(join(image.rootfs, 'e'))).toEqual(['new']);
    expect(image.env).toEqual({ A: 'b=c' });
    expect(image.notes).toEqual(['1 × CharacterDevice of the image left out']);
  });

  test('as one archive is the same', async () => {
    const place = join(folder, 'packed');
    layout(place, [archive([{ path: 'only', content: 'file' }])]);
    const packed = join(folder, 'packed.tar');
    await create({ cwd: place, file: packed }, ['.']);
    const image = await unpacked(packed);
    expect(readFileSync(join(image.rootfs, 'only'), 'utf8')).toBe('file');
  });

  test('never writes, links or deletes outside of its folder', async () => {
    const victim = join(folder, 'victim');
    mkdirSync(victim);
    writeFileSync(join(victim, 'precious'), 'precious');
    const place = join(folder, 'hostile');
    layout(place, [
      archive([
        { path: '../../../../../../up', content: 'up' },
        { path: `${victim}/absolute`, content: 'absolute' },
        { path: 'out', type: 'SymbolicLink', linkpath: victim },
        { path: 'dots', type: 'SymbolicLink', linkpath: '../../../../../../../../..' },
        { path: 'hard', type: 'Link', linkpath: 'out' },
      ]),
      archive([
        { path: 'out/written', content: 'written' },
        { path: 'out/.wh.precious' },
        { path: 'dots/etc/written', content: 'written' },
        { path: '.wh...' },
      ]),
    ]);
    const image = await unpacked(place);
    expect(readdirSync(victim)).toEqual(['precious']);
    expect(existsSync(join(image.rootfs, 'up'))).toBe(true);
    expect(existsSync(join(image.rootfs, victim, 'written'))).toBe(true);
    expect(existsSync(join(image.rootfs, 'etc/written'))).toBe(true);
  });

  test('a blob that is not what its digest says is refused', async () => {
    const place = join(folder, 'forged');
    layout(place, [archive([{ path: 'a', content: 'a' }])]);
    const blobs = join(place, 'blobs/sha256');
    const biggest = readdirSync(blobs).sort(
      (a, b) => lstatSync(join(blobs, b)).size - lstatSync(join(blobs, a)).size,
    )[0]!;
    writeFileSync(join(blobs, biggest), 'forged');
    const result = await unpackImage(place);
    expect(result).toMatchObject({
      ok: false,
      failure: { kind: 'input', what: expect.stringContaining('digest') },
    });
  });

  test('a blob that is a link out of the layout is refused', async () => {
    const place = join(folder, 'linked');
    layout(place, [archive([{ path: 'a', content: 'a' }])]);
    const blobs = join(place, 'blobs/sha256');
    for (const name of readdirSync(blobs)) {
      const copy = join(folder, `copy-${name}`);
      writeFileSync(copy, readFileSync(join(blobs, name)));
      rmSync(join(blobs, name));
      symlinkSync(copy, join(blobs, name));
    }
    expect(await unpackImage(place)).toMatchObject({
      ok: false,
      failure: { what: expect.stringContaining('leads out') },
    });
  });

  test('anything else is refused with a sentence', async () => {
    const junk = join(folder, 'junk.tar');
    writeFileSync(junk, 'no archive at all');
    expect(await unpackImage(junk)).toMatchObject({ ok: false, failure: { kind: 'input' } });
    expect(await unpackImage(join(folder, 'nowhere'))).toMatchObject({
      ok: false,
      failure: { kind: 'input' },
    });
    expect(await unpackImage(folder)).toMatchObject({ ok: false, failure: { kind: 'input' } });
  });
});
