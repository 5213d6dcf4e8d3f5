import { makeRedactor } from '../../src/core/redaction/redact.ts';
import { NameFinder } from '../../src/core/redaction/redactNames.ts';
import { decodeProgram, encodeProgram } from '../../src/core/seccomp/filter/encode.ts';
import { readStraceFilters } from '../../src/core/seccomp/filter/strace.ts';
import { verify } from '../../src/core/seccomp/filter/verify.ts';
import { fromMinijail } from '../../src/core/seccomp/formats/minijail.ts';
import { fromSystemd } from '../../src/core/seccomp/formats/systemd.ts';
import { readProfileJson } from '../../src/core/seccomp/profile/readJson.ts';
import { parseProfile } from '../../src/core/seccomp/profile/schema.ts';
import { TraceReader, type TraceReaderOptions } from '../../src/core/strace/fast/reader.ts';
import type { TraceSummary } from '../../src/core/strace/grammar/event.ts';
import { readLine } from '../../src/core/strace/grammar/line.ts';
import { Unwrapper } from '../../src/core/strace/sources/unwrap.ts';
import { parseDockerfile } from '../../src/io/dockerfile/dockerfile.ts';

/** What must hold for any bytes whatever; a broken promise throws. */
export type FuzzTarget = (bytes: Uint8Array) => void;

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function summary(parts: readonly Uint8Array[], options: TraceReaderOptions = {}): TraceSummary {
  const reader = new TraceReader({ file: 'fuzz', ...options });
  for (const part of parts) reader.push(part);
  return reader.end();
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}n` : one), 1);

function same(what: string, one: unknown, other: unknown): void {
  const [a, b] = [text(one), text(other)];
  if (a === b) return;
  const lines = a.split('\n');
  const at = b.split('\n').findIndex((line, index) => line !== lines[index]);
  throw new Error(`${what}: ${lines[at]?.trim()} is not ${b.split('\n')[at]?.trim()}`);
}

/** What a summary says of the calls, without the words that redaction may change. */
const shape = ({ calls, events, processes, unparsed, unfinished, complete }: TraceSummary) => ({
  calls: calls.map(({ call, outcome, count }) => [call.name, call.abi, outcome, count]),
  events,
  processes,
  unparsed,
  unfinished,
  complete,
});

export const TARGETS: Readonly<Record<string, FuzzTarget>> = {
  line: (bytes) => {
    for (const line of latin1(bytes).split('\n')) readLine(line);
  },
  /** Whole against in parts that end anywhere. */
  chunks: (bytes) => {
    const cut = bytes.length === 0 ? 0 : (bytes[0]! * 7 + bytes.length) % bytes.length;
    const parts = [bytes.slice(0, cut), bytes.slice(cut, cut + 1), bytes.slice(cut + 1)];
    same('in parts', summary([bytes.slice()]), summary(parts));
  },
  /** The scanner of bytes against the grammar. */
  scanner: (bytes) => {
    same('scanned', summary([bytes.slice()], { scan: false }), summary([bytes.slice()], { scan: true }));
  },
  /** A redacted trace has the same calls, also where a log was around it. Of damaged lines nothing is promised. */
  redaction: (bytes) => {
    const plain = summary([bytes.slice()]);
    // A string that does not end is damage, too.
    if (
      plain.unparsed > 0 ||
      latin1(bytes)
        .split('\n')
        .some((line) => line.split('"').length % 2 === 0)
    )
      return;
    const unwrapper = new Unwrapper();
    const begun = unwrapper.push(bytes.slice());
    const { lines, rest } = unwrapper.end();
    const all = [...begun, ...lines, ...(rest ? [rest] : [])];
    const names = new NameFinder();
    for (const { text } of all) names.add(text);
    const redactor = makeRedactor({
      salt: 'fuzz',
      users: [...names.found.users],
      hosts: [...names.found.hosts],
    });
    const redacted = all.map((line) => redactor.line(line)).join('\n') + (rest ? '' : '\n');
    same('redacted', shape(plain), shape(summary([new Uint8Array(Buffer.from(redacted, 'latin1'))])));
  },
  profile: (bytes) => {
    const json = readProfileJson(Buffer.from(bytes).toString('utf8'));
    if (json.ok) parseProfile(json.value);
  },
  filter: (bytes) => {
    for (const little of [true, false]) {
      const program = decodeProgram(bytes, little);
      if (!program.ok) continue;
      verify(program.value);
      same('encoded again', [...encodeProgram(program.value, little)], [...bytes]);
    }
  },
  'filter-text': (bytes) => {
    readStraceFilters(latin1(bytes));
  },
  minijail: (bytes) => {
    fromMinijail(latin1(bytes));
  },
  systemd: (bytes) => {
    fromSystemd(latin1(bytes));
  },
  dockerfile: (bytes) => {
    parseDockerfile(latin1(bytes), 'Dockerfile');
  },
};
