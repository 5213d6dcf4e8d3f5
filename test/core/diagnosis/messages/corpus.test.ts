import { describe, expect, test } from 'vitest';
import { why } from '../../../../src/commands/why.ts';
import { messageTable } from '../../../../src/core/diagnosis/messages/table.ts';
import { whySchema } from '../../../../src/core/documents/why.ts';
import { canonicalName } from '../../../../src/core/linux/numbers.ts';
import { CAUSES } from '../../../../src/render/phrases/why.ts';
import corpus from './corpus.json' with { type: 'json' };

const SURROUNDINGS = {
  running: { kernel: '7.1', arch: 'x86_64' as const },
  loadProfile: () => Promise.reject(new Error('no profile is needed')),
};

const SOURCES = new Set(messageTable().patterns.flatMap(({ source }) => source ?? []));

const ask = (text: string) =>
  why({ name: 'message', chunks: [new TextEncoder().encode(text)] }, SURROUNDINGS);

describe('real messages', { timeout: 120_000 }, () => {
  test('the right syscall is among the first three, mostly the first', async () => {
    const places = new Map<string, number>();
    for (const { source, syscall, text } of corpus.refused) {
      const document = await ask(text);
      whySchema.parse(document);
      places.set(
        `${source} ${syscall}`,
        document.candidates.findIndex((candidate) => candidate.syscall === syscall),
      );
    }
    const missed = [...places].filter(([, place]) => place < 0 || place > 2).map(([name]) => name);
    // The unit's own filter killed this one, and the log does not say for which call.
    expect(missed).toEqual(['https://github.com/vmonaco/kloak/issues/28 pread64']);
    // Only reports that no pattern was written from say how good the patterns are.
    const apart = [...places].filter(([name]) => !SOURCES.has(name.split(' ')[0]!)).map(([, place]) => place);
    expect(apart.length).toBeGreaterThanOrEqual(60);
    expect(apart.filter((place) => place === 0).length).toBeGreaterThanOrEqual(apart.length - 2);
  });

  test('no message of another cause is given a syscall, and most are told by their cause', async () => {
    expect(corpus.other.length).toBeGreaterThanOrEqual(20);
    const untold: string[] = [];
    for (const { source, cause, text } of corpus.other) {
      const { candidates, conclusion, causes } = await ask(text);
      const given = candidates
        .filter(({ confidence }) => confidence !== 'unlikely')
        .map(({ syscall }) => syscall);
      expect([source, given]).toEqual([source, []]);
      expect(['other-cause', 'nothing']).toContain(conclusion);
      if (!causes.some((one) => one.cause === cause)) untold.push(source);
    }
    expect(untold.length, untold.join(' ')).toBeLessThanOrEqual(2);
  });
});

describe('the table of messages', () => {
  const { patterns, causes, functions, runners } = messageTable();

  test('has enough patterns, each with an id of its own', () => {
    expect(patterns.length).toBeGreaterThanOrEqual(120);
    const ids = [...patterns, ...causes].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('names syscalls and causes that exist', () => {
    const calls = [...patterns.flatMap((pattern) => pattern.calls), ...Object.values(functions).flat()];
    for (const { syscall } of calls) expect([syscall, canonicalName(syscall)]).toEqual([syscall, syscall]);
    for (const cause of [...patterns.flatMap(({ also }) => also), ...causes.map((one) => one.cause)])
      expect([cause, CAUSES[cause] === undefined]).toEqual([cause, false]);
  });

  test('sources are addresses of public reports', () => {
    const sources = [...patterns, ...causes].flatMap(({ source }) => source ?? []);
    expect(sources.length).toBeGreaterThanOrEqual(120);
    for (const source of sources)
      expect(source).toMatch(/^https:\/\/github\.com\/[\w.-]+\/[\w.-]+\/(?:issues|pull)\/\d+$/);
  });

  test('images of runners are in order', () => {
    for (const [label, since] of runners)
      expect([label, since]).toEqual([
        expect.stringMatching(/^ubuntu-\d\d\.04$/),
        expect.stringMatching(/^20\d{6}$/),
      ]);
    const keys = runners.map(([label, since]) => `${label} ${since}`);
    expect(keys).toEqual([...keys].sort());
  });
});
