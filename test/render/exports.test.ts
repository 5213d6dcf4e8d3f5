import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replaySchema } from '../../src/core/documents/replay.ts';
import { TimedCalls } from '../../src/core/strace/tracees/timedCalls.ts';
import { ndjson } from '../../src/render/exports/ndjson.ts';
import { perfetto } from '../../src/render/exports/perfetto.ts';
import { speedscope } from '../../src/render/exports/speedscope.ts';
import { cli } from '../rig/cli.ts';
import { needs } from '../rig/need.ts';

const root = join(import.meta.dirname, '../..');
const FIXTURE = join(root, 'fixtures/timed/refused.strace');
const lines = readFileSync(FIXTURE, 'utf8').split('\n');

function timed(text: string | Uint8Array, size = Infinity) {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const reader = new TimedCalls();
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return reader.end();
}

describe('calls on a time axis', () => {
  const calls = timed(readFileSync(FIXTURE))!;

  it('have the times and durations that strace printed, in the order of time', () => {
    expect(calls.length).toBeGreaterThan(20);
    const start = Number(/^\d+ (\d+\.\d+)/.exec(lines[0]!)![1]);
    for (const { line, at, seconds } of calls) {
      const [, time] = /^\d+ (\d+\.\d+)/.exec(lines[line - 1]!)!;
      expect(at).toBeCloseTo(Number(time) - start, 5);
      const took = / <(\d+\.\d+)>$/.exec(lines[line - 1]!)?.[1];
      expect(seconds).toBe(took === undefined ? undefined : Number(took));
    }
    expect(calls.map(({ at }) => at)).toEqual([...calls.map(({ at }) => at)].sort((a, b) => a - b));
  });

  it('do not depend on how the bytes come', () => {
    for (const size of [1, 7, 41, 64]) expect(timed(readFileSync(FIXTURE), size)).toEqual(calls);
  });

  it('name the program, of a child that of its parent until it runs another', () => {
    const of = timed(
      '7 1795764690.100000 execve("/usr/bin/sh", ["sh"], 0x7 /* 1 var */) = 0 <0.1>\n7 1795764690.200000 clone(flags=SIGCHLD) = 8 <0.1>\n8 1795764690.250000 read(3) = 0 <0.1>\n8 1795764690.300000 execve("/bin/ls", ["ls"], 0x7 /* 1 var */) = 0 <0.1>\n8 1795764690.400000 close(3) = 0 <0.1>\n',
    )!;
    expect(of.map(({ name, program }) => [name, program])).toEqual([
      ['execve', undefined],
      ['clone', 'sh'],
      ['read', 'sh'],
      ['execve', 'sh'],
      ['close', 'ls'],
    ]);
  });

  it('are none where a call has no time', () => {
    expect(timed('7 close(3) = 0\n')).toBeUndefined();
    expect(timed('7 1795764690.100000 close(3) = 0\n7 close(3) = 0\n')).toBeUndefined();
  });

  it('open in Perfetto: a slice for each call, refused ones in their category', () => {
    const refused = new Set(['faccessat2 EPERM']);
    const { traceEvents } = JSON.parse(perfetto({ name: 'x', calls, refused }));
    const slices = traceEvents.filter(({ ph }: { ph: string }) => ph === 'X' || ph === 'i');
    expect(slices.length).toBe(calls.length);
    expect(
      slices
        .filter(({ cat }: { cat: string }) => cat === 'refused')
        .map(({ name }: { name: string }) => name),
    ).toEqual(['faccessat2']);
    const [first] = slices;
    expect(first).toEqual({
      ph: 'X',
      dur: calls[0]!.seconds! * 1e6,
      name: 'execve',
      cat: 'syscall',
      ts: 0,
      pid: calls[0]!.pid,
      tid: calls[0]!.pid,
      args: { result: 'ok', line: 1 },
    });
  });

  it('open in speedscope: in each thread every frame is closed, and time never goes back', () => {
    const back = [...calls, { ...calls[1]!, at: 0 }];
    const file = JSON.parse(speedscope({ name: 'x', calls: back, refused: new Set(['faccessat2 EPERM']) }));
    expect(file.$schema).toBe('https://www.speedscope.app/file-format-schema.json');
    const names = file.shared.frames.map(({ name }: { name: string }) => name);
    expect(names).toContain('faccessat2 EPERM (refused)');
    for (const { events, startValue, endValue } of file.profiles) {
      const open: number[] = [];
      let now = startValue;
      for (const { type, frame, at } of events) {
        expect(at).toBeGreaterThanOrEqual(now);
        now = at;
        if (type === 'O') open.push(frame);
        else expect(open.pop()).toBe(frame);
      }
      expect(open).toEqual([]);
      expect(now).toBe(endValue);
    }
  });

  it('are written by report, and never an argument', async () => {
    const done = await cli(['report', FIXTURE, '--format', 'perfetto']);
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(done.stdout).toContain('"refused"');
    expect(done.stdout).not.toMatch(/\/bin|ld\.so/);
    const untimed = await cli(['report', join(root, 'traces/tar-sid.strace.gz'), '--format', 'speedscope']);
    expect(untimed).toMatchObject({ status: 2, stdout: '' });
    expect(untimed.stderr).toMatch(/the trace has no times\n {2}record with: strace -f -ttt -T/);
  });
});

describe('replay --ndjson', () => {
  const page = readFileSync(join(root, 'docs/exports.md'), 'utf8');
  const columns = [...page.matchAll(/^\| (`.*?) \| /gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );

  it('has a line for each refusal on each host, with the documented columns', async () => {
    const args = ['replay', FIXTURE, '--against', 'docker@19.03.15', 'docker@20.10.5', 'unconfined'];
    const done = await cli([...args, '--ndjson']);
    expect(done.status).toBe(1);
    const rows = done.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const document = replaySchema.parse(JSON.parse((await cli([...args, '--json'])).stdout));
    expect(rows.length).toBe(document.hosts.reduce((sum, { blocked }) => sum + blocked.length, 0));
    for (const row of rows) expect(Object.keys(row).sort()).toEqual([...columns].sort());
    expect(rows[0]).toMatchObject({
      host: 'docker@19.03.15',
      syscall: 'faccessat2',
      errno: 'EPERM',
      matters: true,
    });
    expect(ndjson(document)).toBe(done.stdout);
  });

  // DuckDB's packages are 60 MB; SQLite, which comes with Python, reads the same query of the real lines.
  needs('python3').test('answers the query of the page', async () => {
    const args = [
      'replay',
      FIXTURE,
      '--against',
      'docker@19.03.15',
      'docker@18.09.9',
      'unconfined',
      '--ndjson',
    ];
    const query = /```sql\n([\s\S]*?)```/.exec(page)![1]!.replace("read_ndjson('refused.ndjson')", 'refused');
    const script = `import json, sqlite3, sys
rows = [json.loads(line) for line in sys.stdin]
database = sqlite3.connect(':memory:')
database.execute('CREATE TABLE refused (${columns.join(', ')})')
database.executemany('INSERT INTO refused VALUES (${columns.map((name) => `:${name}`).join(', ')})', rows)
print(json.dumps(database.execute(sys.argv[1]).fetchall()))`;
    const { stdout } = await cli(args);
    const done = spawnSync('python3', ['-c', script, query], { input: stdout, encoding: 'utf8' });
    expect(done.stderr).toBe('');
    expect(JSON.parse(done.stdout)).toEqual([['faccessat2', 'EPERM', 2, 2]]);
  });
});
