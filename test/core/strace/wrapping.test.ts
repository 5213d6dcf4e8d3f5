import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import type { TraceEvent, TraceStats } from '../../../src/core/strace/grammar/event.ts';
import { EventParser } from '../../../src/core/strace/tracees/events.ts';
import { dialect, made, render } from './dialect.ts';
import { outer, WRAPPINGS, wrapping } from './wrappings.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Found {
  readonly events: readonly TraceEvent[];
  readonly stats: TraceStats;
}

/** Events in the order of their lines; all readers agree on them. */
function parse(text: string): Found {
  const parser = new EventParser({ file: 'x' });
  const events = [...parser.push(bytes(text)), ...parser.end()];
  for (const scan of ['plain', 'simd', false] as const) {
    const reader = new TraceReader({ file: 'x', scan });
    reader.push(bytes(text));
    const { calls, ...stats } = reader.end();
    expect(stats, String(scan)).toEqual(parser.stats);
    expect(calls.reduce((sum, { count }) => sum + count, 0)).toBe(events.length);
  }
  return { events: events.sort((a, b) => a.line - b.line || a.endLine - b.endLine), stats: parser.stats };
}

/** What must not depend on the wrapping: everything but the time, which a log's own clock can stand for. */
const told = (events: readonly TraceEvent[]) => events.map(({ time: _, ...event }) => event);

const wrap = (text: string, ...names: readonly string[]): string =>
  text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line, index) => names.reduce((inner, name) => WRAPPINGS[name]!(inner, index), line))
    .join('\n')
    .concat('\n');

// A tar that is refused clone3 and fchmodat2: eight calls of two threads.
const TAR = [
  '4321 execve("/bin/tar", ["tar", "-x", "-f", "src.tgz"], 0x7ffc /* 20 vars */) = 0',
  '4321 clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD}, 88) = -1 ENOSYS (Function not implemented)',
  '4321 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD <unfinished ...>',
  '4322 dup2(4, 0)                       = 0',
  '4321 <... clone resumed>, child_tidptr=0x7fa) = 4322',
  '4322 fchmodat2(AT_FDCWD, "src/run", 0700, AT_SYMLINK_NOFOLLOW) = -1 EPERM (Operation not permitted)',
  '4322 write(2, "tar: src/run: Cannot change mode\\n", 33) = 33',
  '4322 exit_group(2)                    = ?',
  '4322 +++ exited with 2 +++',
  '4321 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=4322, si_uid=0, si_status=2} ---',
  '4321 exit_group(2)                    = ?',
  '4321 +++ exited with 2 +++',
];
const bracketed = TAR.map((line) => line.replace(/^(\d+)/, '[pid $1]'));

describe('a trace within', () => {
  it.each(Object.keys(WRAPPINGS))('%s', (name) => {
    for (const lines of [TAR, bracketed]) {
      const plain = parse(`${lines.join('\n')}\n`);
      const { events, stats } = parse(wrap(`${lines.join('\n')}\n`, name));
      expect(told(events)).toEqual(told(plain.events));
      expect(stats).toMatchObject({ events: 8, processes: 2, unparsed: 0, complete: true });
    }
  });

  it('every wrapping gives the same events back', () => {
    fc.assert(
      fc.property(made, dialect, wrapping, outer, (events, how, inner, around) => {
        const text = render(events, how, new Map());
        const plain = parse(text.replaceAll('\r\n', '\n'));
        const found = parse(wrap(text, inner, around));
        expect(told(found.events), wrap(text, inner, around)).toEqual(told(plain.events));
        expect(found.stats.processes).toBe(plain.stats.processes);
        expect(found.stats.complete).toBe(plain.stats.complete);
      }),
      { numRuns: 400 },
    );
  });

  it('every wrapping, cut anywhere, gives the events that are whole', () => {
    fc.assert(
      fc.property(made, dialect, wrapping, fc.nat(), fc.nat(), (events, how, name, start, length) => {
        const all = wrap(render(events, { ...how, stack: false, time: 'none' }, new Map()), name).split('\n');
        const from = start % all.length;
        const to = from + (length % (all.length - from));
        const whole = parse(all.join('\n'));
        const cut = parse(`${all.slice(from, to).join('\n')}\n`);
        const inside = whole.events.filter(({ line, endLine }) => line > from && endLine <= to);
        const seen = new Set(
          cut.events.map(({ line, pid, name: call, args }) => `${line} ${pid} ${call} ${args}`),
        );
        for (const { line, pid, name: call, args } of inside) {
          // In a short cut pids may well rise as line numbers do.
          expect([...seen], all.slice(from, to).join('\n')).toContain(
            `${line - from} ${pid} ${call} ${args}`,
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it('tags in a string of a trace that was on a page in a log', () => {
    const text = '100 openat(AT_FDCWD, "<a>&amp;", O_RDONLY) = 3\n100 +++ exited with 0 +++\n';
    for (const around of ['none', 'compose'])
      expect(parse(wrap(text, 'a web page', around)).events).toMatchObject([
        { args: 'AT_FDCWD, "<a>&amp;", O_RDONLY' },
      ]);
  });

  it('a plain trace that is quoted further down is read to its end', () => {
    const text = [
      'execve("/bin/tar", ["tar"], 0x7ffd /* 3 vars */) = 0',
      '+++ exited with 0 +++',
      'Last week somebody answered:',
      '> fchmodat2(AT_FDCWD, "x", 0755, 0) = -1 EPERM (Operation not permitted)',
      '> > clone3({flags=CLONE_VM}, 88) = -1 ENOSYS (Function not implemented)',
    ].join('\n');
    const { events, stats } = parse(`${text}\n`);
    expect(events.map(({ name }) => name)).toEqual(['execve', 'fchmodat2', 'clone3']);
    expect(stats.unparsedSamples).toEqual([{ line: 3, text: 'Last week somebody answered:' }]);
  });

  it('records that a log cut', () => {
    const long = `4321 write(1, "${'x'.repeat(40)}", 40) = 40`;
    const records = (cut: number): string[] => [
      JSON.stringify({ log: long.slice(0, cut), stream: 'stderr' }),
      JSON.stringify({ log: `${long.slice(cut)}\n`, stream: 'stderr' }),
    ];
    const first = JSON.stringify({ log: '4321 close(3) = 0\n', stream: 'stderr' });
    expect(parse(`${[first, ...records(20)].join('\n')}\n`).events).toMatchObject([
      { name: 'close' },
      { name: 'write', line: 3, outcome: { value: '40' } },
    ]);
    const cri = [`P ${long.slice(0, 30)}`, `P ${long.slice(30, 50)}`, `F ${long.slice(50)}`].map(
      (part) => `2025-03-09T09:00:00.000000000Z stderr ${part}`,
    );
    expect(parse(`${cri.join('\n')}\n`)).toMatchObject({
      events: [{ name: 'write' }],
      stats: { unparsed: 0 },
    });
  });
});

describe("lines that GitLab's runner cut", () => {
  const stamp = (text: string, mark: string, stream = '00O'): string =>
    `2025-03-09T09:00:00.000000Z ${stream}${mark}${text}`;

  it('are whole again, wherever it cut them and whatever the other stream says', () => {
    const plain = parse(`${TAR.join('\n')}\n`);
    const brief = ({ events }: Found) =>
      events.map(({ name, pid, args, outcome }) => [name, pid, args, outcome]);
    fc.assert(
      fc.property(fc.array(fc.nat(60), { minLength: 12, maxLength: 12 }), fc.nat(11), (cuts, noisy) => {
        const log = TAR.flatMap((line, index) => {
          const at = Math.min(cuts[index]!, line.length);
          return [
            stamp(line.slice(0, at), ' '),
            ...(index === noisy ? [stamp('', ' ', '01E')] : []),
            stamp(line.slice(at), '+'),
          ];
        });
        const found = parse(`${log.join('\n')}\n`);
        expect(brief(found)).toEqual(brief(plain));
        // What the other stream says is no trace.
        expect(found.stats).toMatchObject({ events: 8, processes: 2, unparsed: 1, complete: true });
      }),
      { numRuns: 60 },
    );
  });

  it('are counted where they begin, and one that nothing goes on with is not lost', () => {
    const text = [
      stamp('7 close(3', ' '),
      stamp(') = 0', '+'),
      stamp('7 openat(AT_FDCWD, "x", O_RD', ' '),
      stamp('7 +++ exited with 0 +++', ' '),
      stamp('tail', ' '),
    ].join('\n');
    const { events, stats } = parse(`${text}\n`);
    expect(events).toMatchObject([{ name: 'close', line: 1 }]);
    expect(stats).toMatchObject({ lines: 5, unparsed: 2 });
    expect(stats.unparsedSamples.map(({ line }) => line)).toEqual([3, 5]);
  });
});

describe('what is no wrapping', () => {
  it('-r in whole seconds is no indented pid', () => {
    const text = ['     0 close(3) = 0', '     2 close(4) = 0', '     0 +++ exited with 0 +++'].join('\n');
    expect(parse(`${text}\n`)).toMatchObject({
      events: [{ pid: undefined }, { pid: undefined }],
      stats: { processes: 1, complete: true },
    });
  });

  it('a call in a string, a stack frame or a dump is no event', () => {
    const text = [
      '7 write(1, "a close(3) = 0", 14) = 14',
      ' > /lib/libc.so.6(close+0x12) [0xfce12]',
      ' | 00000  63 6c 6f 73 65 28 33 29  20 3d 20 30 20 63 6c 6f  close(3) = 0 clo |',
      '7 +++ exited with 0 +++',
    ].join('\n');
    expect(parse(`${text}\n`)).toMatchObject({ events: [{ name: 'write' }], stats: { unparsed: 0 } });
  });

  it('a line with something like a call that is not read counts as not understood', () => {
    const text = ['7 close(3) = 0', '# see frobnicate(3) = 7', '7 +++ exited with 0 +++'].join('\n');
    expect(parse(`${text}\n`)).toMatchObject({
      events: [{ name: 'close' }],
      stats: { unparsedSamples: [{ line: 2, text: '# see frobnicate(3) = 7' }] },
    });
  });
});
