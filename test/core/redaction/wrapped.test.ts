import { expect, it } from 'vitest';
import { redactTrace } from '../../../src/core/redaction/redactTrace.ts';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import { WRAPPINGS } from '../strace/wrappings.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function redacted(text: string, cut = text.length): Promise<string> {
  async function* chunks() {
    yield bytes(text.slice(0, cut));
    yield bytes(text.slice(cut));
  }
  let all = '';
  for await (const piece of redactTrace(chunks(), { salt: 's', users: ['wilma'], hosts: ['quarry'] }))
    all += piece;
  return all;
}

function read(text: string) {
  const reader = new TraceReader({ file: 'x' });
  reader.push(bytes(text));
  const { calls, events, processes, unparsed, complete } = reader.end();
  return {
    calls: calls.map(({ call, outcome, count }) => [call.name, call.abi, outcome, count]),
    events,
    processes,
    unparsed,
    complete,
  };
}

const TRACE = [
  '4321 execve("/bin/tar", ["tar", "xf", "/home/wilma/src.tgz"], ["TOKEN=hunter22hunter22"]) = 0',
  '4321 openat(AT_FDCWD, "/home/wilma/.netrc", O_RDONLY) = 3',
  '4321 read(3, "password hunter22hunter22\\n", 4096) = 26',
  '4321 fchmodat2(AT_FDCWD, "src/run", 0700, AT_SYMLINK_NOFOLLOW) = -1 EPERM (Operation not permitted)',
  '4321 exit_group(2)                    = ?',
  '4321 +++ exited with 2 +++',
];

it.each(Object.keys(WRAPPINGS))(
  'a trace within %s has the same calls, and nothing else of what was around it',
  async (name) => {
    const text = `${TRACE.map((line, index) => WRAPPINGS[name]!(line, index)).join('\n')}\n`;
    const shown = await redacted(text, text.length >> 1);
    expect(read(shown)).toEqual(read(text));
    expect(read(shown)).toMatchObject({ events: 5, processes: 1, unparsed: 0, complete: true });
    expect(shown).not.toMatch(/hunter22|wilma|runner|insertId|Step 2|pod\/|logs\/build/);
  },
);

it('prose around a quoted trace goes', async () => {
  const text = ['Dear all, my password is hunter22:', ...TRACE.map((line) => `> ${line}`)].join('\n');
  const shown = await redacted(`${text}\n`);
  expect(shown.split('\n')[0]).toBe('[redacted]');
  expect(read(shown)).toEqual(read(`${text}\n`));
});

it('a last line without an end stays so', async () => {
  const shown = await redacted(`> 7 close(3) = 0\n> 7 openat(AT_FDCWD, "/etc/pas`);
  expect(shown.endsWith('\n')).toBe(false);
  expect(shown.startsWith('7 close(3) = 0\n7 openat(AT_FDCWD')).toBe(true);
});
