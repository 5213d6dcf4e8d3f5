import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import type { TraceEvent, TraceSummary } from '../../../src/core/strace/grammar/event.ts';
import { isRefusal } from '../../../src/core/strace/summary/consequence.ts';
import { EventParser } from '../../../src/core/strace/tracees/events.ts';
import { dialect, made, render } from './dialect.ts';

const golden = fileURLToPath(new URL('golden/', import.meta.url));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function read(text: string, scan: boolean | 'plain' | 'simd'): TraceSummary {
  const reader = new TraceReader({ file: 'x', scan });
  reader.push(bytes(text));
  return reader.end();
}

/** Counts per ABI, name and outcome. */
function tally(events: readonly TraceEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { abi, name, nr, outcome } of events) {
    const key = `${abi} ${nr ?? -1} ${name} ${outcome.kind === 'failed' ? outcome.errno + (outcome.injected ?? '') : outcome.kind}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

function tallyOf({ calls }: TraceSummary): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { call, outcome, count } of calls) {
    const end = typeof outcome === 'string' ? outcome : outcome.errno + (outcome.injected || '');
    const key = `${call.abi} ${call.nr} ${call.name} ${end}`;
    counts[key] = (counts[key] ?? 0) + count;
  }
  return counts;
}

/** Lines that no strace prints, and halves of lines: both ways must make the same of them. */
const noise = fc.oneof(
  fc.constantFrom(
    '100 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_syscall=__NR_read} ---',
    '100 +++ killed by SIGSYS (core dumped) +++',
    '101 +++ exited with 1 +++',
    '100 write(1, "x", 5 = 5',
    ') = 5',
    '  read(3, "", 1) = 1',
    '100 read(3, "", 1) = 0',
    '100 getpid() = 39',
    '100 read(3</x) = 5<y>, 1) = 3</a) = 5<b>',
    '100 openat(AT_FDCWD, "/x") = 3</a = b>',
    '100 openat(AT_FDCWD, "/x") = 3</a b> <0.000012>',
    '100 fcntl(3, F_GETFL) = 0x8002 (flags O_RDWR|O_LARGEFILE)',
    '100 poll([{fd=3}], 1, 0) = 0 (Timeout)',
    '100 brk(NULL) = 0x7 (INJECTED)',
    '100 read(3,  <unfinished ...>) = ?',
    '100 <... read resumed>"a", 1) = 1',
    '100 <... write resumed>) = 1',
    '100 clone(child_stack=NULL, flags=CLONE_VM|SIGCHLD) = 102',
    '100 faccessat2(3, "a", F_OK, 0) = -1 ENOSYS (Function not implemented)',
    '100 faccessat(3, "a", F_OK) = 0',
    '100 write(2, "bad", 3) = 3',
    '102 read(3, "", 1) = 1',
    '100 execve("/bin/cc", ["cc", "-c", "a b.c"], 0x7f /* 3 vars */) = 0',
    '101 execve("/bin/cc", ["cc"], 0x7f /* 3 vars */ <unfinished ...>',
    'wait4(-1, strace: Process 20120 attached',
    ' <unfinished ...>',
    'NULL, 8) = 0 <0.000012>',
    '100 execve("/bin/cc", ["cc"], 0x7f /* 3 vars */ <pid changed to 101 ...>',
    '100 nanosleep(0x7f, 0x7f) = -1 ERESTART_RESTARTBLOCK (Unknown error 516)',
    'getppid() = 1',
    '100 [   3] close(3) = 0',
    '100 [   6] close(3) = 0',
    '100 clock_gettime64(CLOCK_REALTIME, {}) = 0',
    '12345678 read(3, "", 1) = 1',
    '100 1.5 read(3, "", 1) = 1',
    '100 read(3, "", 1) = 12ab',
    '100 read(3, "", 1) = -1 E (x)',
    '100 read(3, "", 1) = -1',
    '100 read(3, "", 1)= 1',
    '100 read(3, "", 1) =  1',
    '',
    '% time     seconds  usecs/call     calls    errors syscall',
    'make: *** [Makefile:3: all] Error 1',
  ),
  fc.string({ maxLength: 30 }),
);

describe('TraceReader', () => {
  it('counts what EventParser finds', () => {
    fc.assert(
      fc.property(made, dialect, fc.array(noise), fc.array(fc.nat()), (events, how, lines, places) => {
        const all = render(events, how, new Map()).split('\n');
        lines.forEach((line, index) => {
          all.splice((places[index] ?? 0) % all.length, 0, line);
        });
        const text = all.join('\n');
        const parser = new EventParser();
        const found = [...parser.push(bytes(text)), ...parser.end()];
        const summary = read(text, 'plain');
        expect(tallyOf(summary)).toEqual(tally(found));
        // Every refusal has one aftermath.
        for (const { call, outcome, count, after } of summary.calls) {
          const watched = typeof outcome === 'object' && isRefusal(call.name, { kind: 'failed', ...outcome });
          expect(after ? after.fellBack + after.failed + after.wentOn : 0).toBe(watched ? count : 0);
        }
        const { calls: _, ...rest } = summary;
        expect({ ...rest, file: '' }).toEqual(parser.stats);
      }),
      { numRuns: 600 },
    );
  });

  it('makes the same of common lines, by bytes or by grammar', () => {
    fc.assert(
      fc.property(made, dialect, fc.array(noise), fc.array(fc.nat()), (events, how, lines, places) => {
        // Twice, so that the scanner has learned every kind of line.
        const once = render(events, how, new Map());
        const all = (once + once).split('\n');
        lines.forEach((line, index) => {
          all.splice((places[index] ?? 0) % all.length, 0, line);
        });
        const text = all.join('\n');
        const inFull = read(text, false);
        expect(read(text, 'plain')).toEqual(inFull);
        expect(read(text, 'simd')).toEqual(inFull);
      }),
      { numRuns: 600 },
    );
  });

  it('changes to the faster classifier in the middle', () => {
    fc.assert(
      fc.property(made, dialect, (events, how) => {
        const once = render(events, how, new Map());
        const text = once.repeat(1 + Math.ceil((64 << 10) / (once.length + 1)));
        const reader = new TraceReader({ file: 'x' });
        const all = bytes(text);
        const small = Math.floor(all.length / 3);
        for (let at = 0; at < small; at += 1000) reader.push(all.subarray(at, Math.min(small, at + 1000)));
        reader.push(all.subarray(small));
        expect(reader.end()).toEqual(read(text, 'plain'));
      }),
      { numRuns: 30 },
    );
  });

  it('reads damaged recordings without failing, the same in every way', () => {
    const recorded = readdirSync(golden)
      .filter((name) => name.endsWith('.strace'))
      .map((name) => readFileSync(golden + name).subarray(0, 6000));
    const damage = fc.tuple(fc.nat(), fc.constantFrom('flip', 'cut', 'double', 'line end'), fc.nat(255));
    fc.assert(
      fc.property(fc.constantFrom(...recorded), fc.array(damage, { maxLength: 12 }), (whole, damages) => {
        let bytes = [...whole];
        for (const [place, how, byte] of damages) {
          const at = place % bytes.length;
          if (how === 'flip') bytes[at] = byte;
          else if (how === 'line end') bytes.splice(at, 0, 0x0a);
          else if (how === 'cut') bytes.splice(at, byte);
          else bytes = [...bytes.slice(0, at), ...bytes.slice(Math.max(0, at - byte))];
        }
        const read = (scan: boolean | 'plain' | 'simd'): TraceSummary => {
          const reader = new TraceReader({ scan });
          reader.push(Uint8Array.from(bytes));
          return reader.end();
        };
        const inFull = read(false);
        expect(read('plain')).toEqual(inFull);
        expect(read('simd')).toEqual(inFull);
        expect(inFull.unparsedSamples.length).toBe(Math.min(5, inFull.unparsed));
      }),
      { numRuns: 400 },
    );
  });

  it('reads marks and carriage returns at odd places alike, however it reads', () => {
    const before = '1 close(3) = 0\n1 close(3 <unfinished ...>\n1 <... close resumed>) = 0\n'.repeat(80);
    for (const line of [
      'close(3) = 0<unfinished ...>',
      'close(3) = 0 <unfinished ...>',
      'close(3 <unfinished ...>\n1 <... close resumed>) = 0<unfinished ...>',
      'close(3 <unfinished ...>\n1 <... close resumed>) = 0 <unfinished ...>',
      'close(3 <unfinished ...>\n1 <... close resumed> <unfinished ...>',
      'close(3) = 5</a\rb>',
      'close(3) = 0\n1<\rh> close(3) = 0',
    ]) {
      const read = (scan: boolean | 'plain' | 'simd') => {
        const reader = new TraceReader({ scan });
        reader.push(bytes(`${before}1 ${line}\n1 close(4) = 0\n`));
        return reader.end();
      };
      expect(read('plain'), line).toEqual(read(false));
      expect(read('simd'), line).toEqual(read(false));
    }
  });

  it('does not keep what has no line ends', () => {
    const reader = new TraceReader();
    const zeros = new Uint8Array(1 << 20);
    for (let turn = 0; turn < 64; turn++) reader.push(zeros);
    reader.push(bytes('\n100 close(3) = 0\n'));
    expect(reader.end()).toMatchObject({ lines: 2, events: 1 });
  });
});
