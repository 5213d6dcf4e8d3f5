import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinFragments } from '../../../src/core/strace/fast/join.ts';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import type { TraceSummary } from '../../../src/core/strace/grammar/event.ts';
import { survey } from '../../../src/core/strace/sources/survey.ts';
import { withoutImages } from '../../../src/core/strace/summary/tally.ts';
import { FragmentLog } from '../../../src/core/strace/tracees/fragment.ts';
import { dialect, made, render } from './dialect.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function whole(text: string): TraceSummary {
  const reader = new TraceReader({ file: 'x' });
  reader.push(bytes(text));
  const summary = reader.end();
  // Parts do not say who made a call.
  return { ...summary, calls: summary.calls.map(withoutImages) };
}

/** Reads the lines in parts, as threads do. */
function inParts(lines: readonly string[], places: readonly number[]): TraceSummary | undefined {
  const cuts = [0, ...places.map((place) => place % lines.length), lines.length].sort((a, b) => a - b);
  const found = survey(lines);
  const parts = cuts.slice(1).map((to, index) => {
    const log = new FragmentLog();
    const reader = new TraceReader({ file: 'x', fragment: log, survey: found });
    const text = lines.slice(cuts[index], to).join('\n');
    reader.push(bytes(to === lines.length || text === '' ? text : `${text}\n`));
    return reader.endFragment(log);
  });
  return joinFragments(structuredClone(parts), { file: 'x', survey: found });
}

const life = fc.constantFrom(
  '100 clone3({flags=CLONE_VM}, 88 <unfinished ...>',
  '100 <... clone3 resumed>) = 103',
  '100 clone(child_stack=NULL, flags=SIGCHLD) = 103',
  '101 vfork( <unfinished ...>',
  '101 <... vfork resumed>) = 104',
  '100 execve("/bin/cc", ["cc", "-c"], 0x7f /* 3 vars */) = 0',
  '101 execve("/bin/ld", ["ld"], 0x7f /* 3 vars */ <unfinished ...>',
  '101 <... execve resumed>) = 0',
  '103 execve("/bin/as", ["as"], 0x7f /* 3 vars */) = 0',
  '103 openat(AT_FDCWD, "x", 0) = -1 EPERM (Operation not permitted)',
  '103 wait4(-1,  <unfinished ...>',
  '103 <... wait4 resumed>NULL, 0, NULL) = 5',
  '104 statx(3, "", 0, 0, {}) = -1 ENOSYS (Function not implemented)',
  '104 newfstatat(3, "", {}, AT_EMPTY_PATH) = 0',
  '104 write(2, "bad", 3) = 3',
  '100 faccessat2(3, "a", F_OK, 0 <unfinished ...>',
  '100 <... faccessat2 resumed>) = -1 ENOSYS (Function not implemented)',
  '100 faccessat(3, "a", F_OK) = 0',
  '100 write(2, "bad", 3 <unfinished ...>',
  '100 <... write resumed>) = 3',
  '103 +++ exited with 1 +++',
  '100 +++ killed by SIGKILL +++',
  '104 +++ exited with 0 +++',
  '103 exit_group(0) = ?',
  '103 +++ exited with 0 +++',
  '100 +++ exited with 0 +++',
  '100 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---',
  'NULL, 0) = 3',
  'some output',
);

describe('parts of a trace', () => {
  it('give the same summary as the whole', () => {
    let joined = 0;
    let all = 0;
    fc.assert(
      fc.property(
        made,
        dialect,
        fc.array(life, { maxLength: 30 }),
        fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
        (events, how, extra, places, cuts) => {
          const lines = render(events, { ...how, pids: 'bare' }, new Map()).split('\n');
          extra.forEach((line, index) => {
            lines.splice(places[index]! % lines.length, 0, line);
          });
          const found = inParts(lines, cuts);
          all++;
          if (!found) return;
          joined++;
          expect(found).toEqual(whole(lines.join('\n')));
        },
      ),
      { numRuns: 500 },
    );
    // Random lines return many children that never show up: one thread reads these.
    expect(joined / all).toBeGreaterThan(0.35);
  });

  it('agree on the command of a process whose number was used before, and whose fork began in an earlier part', () => {
    const lines = [
      '100 execve("/bin/cc", ["cc", "-c"], 0x7f /* 3 vars */) = 0',
      '101 openat(AT_FDCWD, "x", 0) = -1 ENOENT (No such file or directory)',
      '100 vfork( <unfinished ...>',
      '101 +++ exited with 0 +++',
      '101 openat(AT_FDCWD, "x", 0) = -1 EPERM (Operation not permitted)',
      '100 <... vfork resumed>) = 101',
      '101 +++ exited with 0 +++',
      '100 +++ exited with 0 +++',
    ];
    const wanted = whole(`${lines.join('\n')}\n`);
    const refused = wanted.calls.find(
      ({ outcome }) => typeof outcome === 'object' && outcome.errno === 'EPERM',
    );
    expect(refused?.first.command).toBe('cc -c');
    for (let cut = 1; cut < lines.length; cut++) {
      const found = inParts([...lines, ''], [cut]);
      if (found) expect(found, `cut before line ${cut + 1}`).toEqual(wanted);
    }
  });

  it('never give up on an ordinary parallel build, wherever it is cut', () => {
    const golden = fileURLToPath(new URL('golden/thread-execve.strace', import.meta.url));
    const lines = readFileSync(golden, 'utf8').split('\n');
    const wanted = whole(lines.join('\n'));
    for (let cut = 1; cut < lines.length; cut++) {
      const found = inParts(lines, [cut]);
      if (found) expect(found).toEqual(wanted);
    }
    expect(inParts(lines, [5])).toEqual(wanted);
  });
});
