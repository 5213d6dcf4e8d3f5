import { expect, test } from 'vitest';
import { madeBy } from '../../../src/io/engines/container/containerBuild.ts';

test('the images of steps that the classic builder made itself, the last one first', () => {
  const log = [
    'docker at its default',
    'Sending build context to Docker daemon  2.048kB',
    'Step 1/6 : FROM debian:bookworm-slim',
    ' ---> 301d192446c2',
    'Step 2/6 : ENV A=1',
    ' ---> Using cache',
    ' ---> cc87b528411e',
    'Step 3/6 : COPY file .',
    ' ---> 0f400f34d202',
    'Step 4/6 : RUN echo " ---> 111111111111" && echo step 9/9 : no',
    ' ---> Running in 801243bbb6d6',
    ' ---> 111111111111 of the command itself',
    'Removing intermediate container 801243bbb6d6',
    ' ---> 8fd1317653fd',
    'Step 5/6 : RUN exit 3',
    ' ---> Running in a5b93bbb6d60',
    'Removing intermediate container a5b93bbb6d60',
  ].join('\n');
  expect(madeBy(log)).toEqual(['8fd1317653fd', '0f400f34d202']);
});

test('those of podman', () => {
  const log = [
    'STEP 1/4: FROM debian:bookworm-slim',
    'STEP 2/4: ENV A=1',
    '--> Using cache 1d0d2f5f3b6b0d3a5e9e2a0f4d7f6a5b',
    '--> 1d0d2f5f3b6',
    'STEP 3/4: RUN echo a > /a',
    '--> 9c1d2f5f3b7',
    'STEP 4/4: RUN exit 3',
  ].join('\n');
  expect(madeBy(log)).toEqual(['9c1d2f5f3b7']);
});

test('of BuildKit, which makes none, and of nothing', () => {
  expect(madeBy('#5 [2/3] RUN echo a\n#5 sha256:0f400f34d202 done\n')).toEqual([]);
  expect(madeBy('')).toEqual([]);
});
