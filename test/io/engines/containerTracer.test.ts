import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { ContainerCli } from '../../../src/io/engines/container/containerCli.ts';
import { tracerImage, whyNotBuilt } from '../../../src/io/engines/container/containerTracer.ts';
import { needs } from '../../rig/need.ts';

const RUN = "if command -v strace >/dev/null; then exit 0; else echo 'no package manager known here' >&2; fi";

test.each([
  [
    'the classic builder',
    [
      `Step 4/5 : RUN ${RUN}`,
      ' ---> Running in 6dfe0a9e0b2e',
      '\x1b[91mW: Some index files failed to download.',
      '\x1b[0m\x1b[91mE: \x1b[0m\x1b[91mUnable to locate package strace\x1b[0m\x1b[91m',
      '\x1b[0m ---> Removed intermediate container 6dfe0a9e0b2e',
      `The command '/bin/sh -c ${RUN}' returned a non-zero code: 100`,
    ],
    'E: Unable to locate package strace',
  ],
  [
    'BuildKit',
    [
      '0.314 E: Unable to locate package strace',
      '------',
      `  16 | >>> RUN ${RUN}`,
      '--------------------',
      `ERROR: failed to build: failed to solve: process "/bin/sh -c ${RUN}" did not complete successfully: exit code: 100`,
    ],
    'E: Unable to locate package strace',
  ],
  [
    'Podman',
    ['error: no network', `Error: building at STEP "RUN ${RUN}": while running runtime: exit status 1`],
    'error: no network',
  ],
  [
    'an image that is nowhere',
    ['Get "https://a.example/v2/": no such host'],
    'Get "https://a.example/v2/": no such host',
  ],
])('why the tracer image was not built is the line that says it: %s', (_, lines, expected) => {
  expect(whyNotBuilt(`${lines.join('\n')}\n`)).toBe(expected);
});

function labelled(label: string): string[] {
  const images = execFileSync('docker', ['images', '--all', '--quiet', '--filter', `label=${label}`], {
    encoding: 'utf8',
  });
  return images.split('\n').filter((id) => id !== '');
}

needs('docker', 'bookworm-image').describe('a tracer image that cannot be built', () => {
  /** Debian's own docker brings BuildKit without a plug-in. */
  test.each([
    ['the classic builder', { DOCKER_BUILDKIT: '0' }],
    ['BuildKit', { DOCKER_BUILDKIT: '1', PATH: `/usr/bin:${process.env.PATH}` }],
  ])('leaves no container and no image, and says why once: %s', async (builder, env) => {
    const label = `trace-build-test=tracer-${process.pid}-${builder.at(-1)}`;
    const base = `trace-build-test-tracer-${process.pid}`;
    const dockerfile = `FROM trace-build-ci/bookworm\nLABEL ${label}\nRUN rm /usr/bin/apt-get\n`;
    execFileSync('docker', ['build', '--quiet', '--tag', base, '-'], { input: dockerfile, stdio: 'pipe' });
    const before = labelled(label).length;
    vi.stubEnv('TRACE_BUILD_TRACER_BASE', base);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    try {
      const built = await tracerImage(new ContainerCli('docker', undefined), undefined, 'any', undefined);
      if (built.ok) throw new Error('it was built');
      expect(built.failure.what).toMatch(
        /^the tracer image could not be built \(\S+: no package manager known here: name a base that has strace with --build-arg BASE=\)$/,
      );
      const left = execFileSync('docker', ['ps', '--all', '--quiet', '--filter', `label=${label}`]);
      expect(left.toString()).toBe('');
      expect(labelled(label).length).toBe(before);
    } finally {
      vi.unstubAllEnvs();
      spawnSync('docker', ['image', 'rm', '--force', base]);
    }
    expect(labelled(label)).toEqual([]);
  });
});
