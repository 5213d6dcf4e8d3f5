import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { nextSteps } from '../../src/commands/nextSteps.ts';
import { USUAL_ENGINE } from '../../src/commands/place.ts';
import type { RunFlags } from '../../src/commands/runFlags.ts';
import type { Denial } from '../../src/core/documents/denial.ts';

const denial = {
  syscall: 'clone3',
  matters: true,
  cause: 'default',
  consequence: { effect: 'breaks' },
} as Denial;
const plain: RunFlags = USUAL_ENGINE;
const next = (
  command: readonly string[],
  flags: Partial<RunFlags> = {},
  engine: 'bubblewrap' | 'host' = 'bubblewrap',
) =>
  nextSteps([denial], { host: 'docker@20.10.5', engine }, command, { ...plain, ...flags }).map(
    (step) => step.command,
  );

it('asks for the place that the command ran in', () => {
  const [minimize, explain] = next(['make', 'all'], {
    on: 'docker@20.10.5',
    engine: 'docker',
    image: 'debian:12',
    volume: ['.:/src', '/cache:/cache'],
    workdir: '/src',
    env: ['CC=gcc -m32'],
    user: '1000',
    capAdd: ['SYS_PTRACE'],
    capDrop: ['CHOWN'],
    platform: 'linux/386',
    context: 'remote',
    clear: ['build'],
    timeout: 60,
  });
  expect(minimize).toBe(
    "trace-build minimize --on docker@20.10.5 --engine docker --image debian:12 -v .:/src -v /cache:/cache -w /src -e 'CC=gcc -m32' --user 1000 --cap-add SYS_PTRACE --cap-drop CHOWN --platform linux/386 --context remote --clear build --timeout 60s -- make all",
  );
  expect(explain).toBe('trace-build explain clone3 --on docker@20.10.5');
});

it('offers no minimize where no sandbox can load a filter', () => {
  expect(next(['make'], {}, 'host')).toEqual(['trace-build explain clone3 --on docker@20.10.5']);
});

it('can be pasted into a shell, and does nothing to a terminal', () => {
  const words = ["it's", 'two\nlines', 'a\x1b[31mred\\n\x7f\x9b', '$HOME `id`', '', 'ü'];
  const line = next(words)[0]!.replace(/^.*? -- /, '');
  expect(line).not.toContain('\x1b');
  const said = execFileSync('bash', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
  expect(said.split('\0').slice(0, -1)).toEqual(words);
});
