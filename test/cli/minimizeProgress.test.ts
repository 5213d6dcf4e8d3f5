import { expect, it } from 'vitest';
import { progressOf } from '../../src/cli/minimizeProgress.ts';
import type { MinimizeFlags } from '../../src/commands/minimizeFlags.ts';
import type { Io } from '../../src/commands/ports.ts';

function draw(terminal: boolean, best: readonly string[]): string {
  let said = '';
  const err = (text: string) => {
    said += text;
  };
  const progress = progressOf({} as MinimizeFlags, { err, columns: 80, errIsTerminal: terminal } as Io);
  const last = { what: 'without statx', outcome: 'fail', why: 'exit status 1', seconds: 0.25 } as const;
  progress.update({ phase: 'prove', done: 0, remaining: 4, best });
  progress.update({ phase: 'prove', done: 1, remaining: 3, best, last });
  progress.end();
  return said;
}

it('is one line on a terminal, never wider than it', () => {
  const lines = draw(true, ['clock_gettime64', 'fchmodat2', 'statx']).split('\r\u001b[K');
  expect(lines.every((line) => line.length < 80)).toBe(true);
  expect(lines[1]).toMatch(/^prove: 1 runs done, about 3 to go.*; best so far: 3 entries$/);
  expect(draw(true, ['fchmodat2', 'statx'])).toContain('best so far: fchmodat2, statx');
  expect(
    draw(
      true,
      Array.from({ length: 40 }, (_, i) => `call${i}`),
    ),
  ).toContain('best so far: 40 entries');
});

it('is a line for each run elsewhere', () => {
  expect(draw(false, ['fchmodat2'])).toBe(
    'trace-build: prove: without statx: fail (exit status 1) (0.25 s); best so far: fchmodat2\n',
  );
});
