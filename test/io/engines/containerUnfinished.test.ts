import { describe, expect, test } from 'vitest';
import { removeMade } from '../../../src/io/engines/container/containerBuild.ts';
import { ContainerCli } from '../../../src/io/engines/container/containerCli.ts';
import { isOf, unfinishedStep } from '../../../src/io/engines/container/containerUnfinished.ts';
import { capture } from '../../../src/io/process/exec.ts';
import { needs } from '../../rig/need.ts';

const upTo = (...more: readonly string[]): string =>
  ['docker at its default', 'Step 1/4 : FROM debian', ' ---> 301d192446c2', ...more].join('\n');

describe('the step that a builder was at when nobody listened any more', () => {
  test('starts from the image that was named last', () => {
    const first = upTo('Step 2/4 : RUN echo " ---> 111111111111"', ' ---> Running in 801243bbb6d6', 'output');
    expect(unfinishedStep(first)).toEqual({
      base: '301d192446c2',
      instruction: 'RUN echo " ---> 111111111111"',
      container: '801243bbb6d6',
    });
    const later = `${upTo('Step 2/4 : ENV A=1', ' ---> Using cache', ' ---> cc87b528411e')}\nStep 3/4 : COPY a b\n`;
    expect(unfinishedStep(later)).toEqual({
      base: 'cc87b528411e',
      instruction: 'COPY a b',
      container: undefined,
    });
  });

  test('there is none where the last one came to its end, in other builders, and in nothing', () => {
    expect(unfinishedStep(upTo())).toBeUndefined();
    expect(unfinishedStep(upTo('Step 2/4 : COPY a b', ' ---> 0f400f34d202'))).toBeUndefined();
    expect(
      unfinishedStep(upTo('Step 2/4 : ENV A=1', ' ---> Using cache', ' ---> cc87b528411e')),
    ).toBeUndefined();
    // FROM scratch has no id, nor has what is made of it.
    expect(unfinishedStep('Step 1/2 : FROM scratch\n ---> \nStep 2/2 : COPY a b\n')).toBeUndefined();
    expect(unfinishedStep('#5 [2/3] RUN echo a\n#5 0.1 Step\n')).toBeUndefined();
    expect(unfinishedStep('')).toBeUndefined();
  });
});

test('an image is known by what the builder writes of its instruction', () => {
  expect(isOf('RUN echo  "a b"   && echo $X', '/bin/sh -c echo  "a b"   && echo $X')).toBe(true);
  expect(isOf('RUN ["echo","a"]', 'echo a')).toBe(true);
  expect(isOf('RUN echo y', '|1 Q=1 /bin/bash -c echo y')).toBe(true);
  expect(isOf('RUN echo y', '/bin/sh -c echo z')).toBe(false);
  expect(isOf('copy f /', '/bin/sh -c #(nop) COPY file:fa1b54d3c9c5 in / ')).toBe(true);
  expect(isOf('ENV A=1', '/bin/sh -c #(nop)  ENV A=1')).toBe(true);
  expect(isOf('ENV A=1', '/bin/sh -c #(nop)  LABEL A=1')).toBe(false);
  expect(isOf('ENV A=1', '/bin/sh -c A=1')).toBe(false);
});

needs('docker', 'bookworm-image').describe('at a real daemon', () => {
  const cli = new ContainerCli('docker', undefined);
  const mark = `trace-build-test-${process.pid}-${Date.now()}`;
  const base = 'trace-build-ci/bookworm';

  async function said(...args: readonly string[]): Promise<string> {
    return (await cli.capture(args, { timeoutSeconds: 60 })).stdout.trim();
  }

  /** Builds with the classic builder; the ids of the images, the base first, and nothing has a name. */
  async function built(...lines: readonly string[]): Promise<readonly string[]> {
    const args = cli.arguments('build', '--force-rm', '-');
    const { stdout } = await capture('docker', args, {
      input: [`FROM ${base}`, ...lines].join('\n'),
      env: { ...(process.env as Record<string, string>), DOCKER_BUILDKIT: '0' },
      timeoutSeconds: 60,
    });
    return [...stdout.matchAll(/^ ---> ([0-9a-f]{12})$/gm)].map(([, id]) => id!);
  }

  const exists = async (id: string) => (await said('image', 'ls', '--all', '--quiet')).includes(id);

  test('what a builder finished when nobody listened any more is removed, and nothing beside it', async () => {
    const [from, mine] = await built(`RUN echo ${mark}`);
    const [, other] = await built(`RUN echo ${mark} of somebody else`);
    const log = [
      'docker at its default',
      `Step 1/3 : FROM ${base}`,
      ` ---> ${from}`,
      `Step 2/3 : RUN echo ${mark}`,
      ' ---> Running in 801243bbb6d6',
      '',
    ].join('\n');
    expect(await removeMade(cli, log)).toBe(true);
    expect([await exists(mine!), await exists(other!)]).toEqual([false, true]);
    await said('image', 'rm', other!);
  });

  test('a command that prints the id of an image that has a name does not get it removed', async () => {
    const [from, mine] = await built(`RUN echo ${mark} 2`);
    await said('tag', mine!, `${mark}:1`);
    const log = `Step 1/2 : FROM ${base}\n ---> ${from}\nStep 2/2 : RUN x\n ---> ${mine}\n`;
    expect(await removeMade(cli, log)).toBe(true);
    expect(await exists(mine!)).toBe(true);
    await said('image', 'rm', `${mark}:1`);
  });

  test('it is not over while the container of the step is there', async () => {
    const container = (await said('create', base, 'true')).slice(0, 12);
    const [from] = await built();
    const log = `Step 1/2 : FROM ${base}\n ---> ${from}\nStep 2/2 : RUN true\n ---> Running in ${container}\n`;
    const removing = removeMade(cli, log);
    await said('rm', container);
    expect(await removing).toBe(true);
  });
});
