import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { lines } from './lastLine.ts';
import { workFolder } from './program.ts';
import { lookForRequirements, REQUIREMENTS, SETUP } from './requirements.ts';

test('what a test may need is what .ci/setup installs', () => {
  const listed = readFileSync(new URL('../../.ci/packages.txt', import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.replace(/\s*#.*/, ''));
  // Every Debian has these, and npm comes with Node.
  const present = ['bash', 'bsdutils', 'dpkg', 'perl-base', 'tar', 'util-linux', 'npm'];
  for (const [name, { get }] of Object.entries(REQUIREMENTS)) {
    const [, packages] = /^apt-get install (.+)$/.exec(get) ?? [];
    for (const one of packages?.split(' ') ?? []) expect([...present, ...listed], name).toContain(one);
  }
});

test('what is not there, or does not work, is said with the command that brings it', async () => {
  const place = workFolder();
  const put = (name: string, script: string): void => {
    writeFileSync(join(place.path, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(place.path, name), 0o755);
  };
  put('strace', 'echo "strace: error while loading shared libraries: libunwind" >&2; exit 127');
  put('bwrap', 'exit 0');
  put('docker', 'exit 1');
  put('cc', 'exit 1');
  vi.stubEnv('PATH', place.path);
  try {
    const unmet = await lookForRequirements();
    expect(unmet).toMatchObject({
      strace:
        'strace does not work here (strace: error while loading shared libraries: libunwind): apt-get install strace',
      docker: `no Docker daemon answers: ${SETUP}`,
      podman: 'podman is not installed: apt-get install podman',
      libseccomp: 'cc finds no seccomp.h, or no library for it: apt-get install gcc libseccomp-dev',
      'zig-image': `the image trace-build-ci/zig is not made: ${SETUP}`,
    });
    expect(unmet).not.toHaveProperty('bwrap');
    expect(unmet).not.toHaveProperty('docker client');
  } finally {
    vi.unstubAllEnvs();
    place.remove();
  }
});

test('the last line of a run counts, and names one command where something is missing', () => {
  expect(lines({ passed: 3, failed: 0, skipped: 0 }, new Map())).toEqual(['3 passed.']);
  // By its platform, say: nothing to install.
  expect(lines({ passed: 3, failed: 1, skipped: 2 }, new Map())).toEqual(['3 passed, 1 failed, 2 skipped.']);
  const reasons = new Map([
    ['gcc is not installed: apt-get install gcc', 1],
    ['strace is not installed: apt-get install strace', 4],
  ]);
  expect(lines({ passed: 3, failed: 0, skipped: 5 }, reasons)).toEqual([
    'Skipped, because something is missing here:',
    '  strace is not installed: apt-get install strace (4 tests)',
    '  gcc is not installed: apt-get install gcc (1 test)',
    '',
    '3 passed, 5 skipped. To install and start what the skipped tests need, run as root: npm run test:setup',
  ]);
});
