import { describe, expect, test } from 'vitest';
import { builderFailure } from '../../../src/io/dockerfile/builderFailure.ts';

describe('a build that failed', () => {
  test.each([
    ['the classic builder', "The command '/bin/sh -c exit 3' returned a non-zero code: 3\n"],
    ['BuildKit of Docker 20.10', 'executor failed running [/bin/sh -c exit 3]: exit code: 3\n'],
    [
      'BuildKit of Docker 28',
      'ERROR: failed to build: failed to solve: process "/bin/sh -c exit 3" did not complete successfully: exit code: 3\n',
    ],
    ['Podman', 'Error: building at STEP "RUN exit 3": while running runtime: exit status 3\n'],
  ])('has a RUN that exited, in the words of %s', (_, stderr) => {
    expect(builderFailure(`output\n${stderr}`, '')).toEqual({
      failure: { kind: 'undecided', what: stderr.trim() },
      exited: true,
      network: undefined,
    });
  });

  test('what a RUN printed is no exit', () => {
    const stderr = 'exit code: 3\nsecret q not found: not found\n';
    expect(builderFailure(stderr, '').exited).toBe(false);
    expect(builderFailure(stderr, '').failure.what).toBe('secret q not found: not found');
  });

  test('a RUN that exited for lack of a network says so', () => {
    const stderr = [
      "#5 12.78 W: Failed to fetch http://a.example/  Temporary failure resolving 'a.example'",
      '#5 12.80 E: Unable to locate package make',
      'executor failed running [/bin/sh -c apt-get install make]: exit code: 100',
    ].join('\n');
    const { exited, network } = builderFailure(stderr, '');
    expect(exited).toBe(true);
    expect(network).toBe("W: Failed to fetch http://a.example/  Temporary failure resolving 'a.example'");
    const classic = builderFailure(
      "The command 'x' returned a non-zero code: 1",
      '\x1b[91mcurl: (6) Could not resolve host: b.example\n',
    );
    expect(classic.network).toBe('curl: (6) Could not resolve host: b.example');
  });

  test.each([
    ['executor failed running [/bin/sh -c true]: network bridge not found'],
    ['failed to do request: Head "https://a.example/v2/": dial tcp: lookup a.example: no such host'],
  ])('a builder without a network is said to be that: %s', (stderr) => {
    expect(builderFailure(stderr, '')).toEqual({
      failure: { kind: 'undecided', what: `the builder has no network: ${stderr}` },
      exited: false,
      network: stderr,
    });
  });

  test.each([
    ['dockerfile parse error line 2: Unknown flag: network', 'input', "the builder can't read it: "],
    ['the --mount option requires BuildKit. Refer to x', 'missing', "the classic builder can't build it: "],
    [
      'unknown flag: --secret\n\nUsage:  docker build [OPTIONS] PATH',
      'missing',
      "the classic builder can't build it: ",
    ],
    [
      'ERROR: BuildKit is enabled but the buildx component is missing or broken.',
      'missing',
      'BuildKit is asked for',
    ],
  ])('%s', (stderr, kind, begin) => {
    const { failure, exited } = builderFailure(stderr, '');
    expect(failure.kind).toBe(kind);
    expect(failure.what.startsWith(begin)).toBe(true);
    expect(exited).toBe(false);
  });

  test('that says nothing is said to be that', () => {
    expect(builderFailure('', '').failure.what).toBe('the build failed');
    expect(builderFailure('', 'last words\n').failure.what).toBe('last words');
  });
});
