import fc from 'fast-check';
import { expect, test } from 'vitest';
import { script } from './script.ts';

const { decode, encode, textOf, keyOf } = await script('update/history.mjs');
const { readDefaultJson } = await script('update/defaultJson.mjs');

const when = fc.record(
  {
    action: fc.constantFrom('ALLOW', 'ERRNO'),
    errnoRet: fc.constantFrom(1, 38),
    args: fc.array(fc.constantFrom([0, 40, 0, 'NE'], [1, 8, 8, 'MASKED_EQ']), { maxLength: 2 }),
    includes: fc.record({ caps: fc.subarray(['CAP_B', 'CAP_A']), minKernel: fc.constant('4.8') }),
    excludes: fc.record({ arches: fc.subarray(['s390x', 'arm']) }),
  },
  { requiredKeys: ['action'] },
);
const content = fc
  .tuple(
    fc.record(
      {
        defaultAction: fc.constant('ERRNO'),
        defaultErrnoRet: fc.constantFrom(1, 38),
        archMap: fc.constant({ X86_64: [] }),
      },
      { requiredKeys: ['defaultAction'] },
    ),
    fc.array(
      fc.tuple(when, fc.uniqueArray(fc.constantFrom('read', 'write', 'socket', 'clone'), { minLength: 1 })),
    ),
  )
  .map(([head, groups]) => ({
    head,
    groups: new Map(groups.map(([key, names]) => [keyOf(key), new Set(names)])),
  }));

test('what was encoded as differences is decoded to the same contents', () => {
  fc.assert(
    fc.property(fc.array(content, { minLength: 1, maxLength: 8 }), (contents) => {
      const entries = contents.map((each, i) => ({ id: `a v${i}`, content: each }));
      const versions = encode(entries);
      expect(versions[0].base).toBeNull();
      const back = decode({ versions: JSON.parse(JSON.stringify(versions)) });
      expect(back.map((entry: { content: object }) => textOf(entry.content))).toEqual(
        contents.map((each) => textOf(each)),
      );
      // The same bytes whatever was there before: an update is an encoding of decoded entries and new ones.
      expect(JSON.stringify(encode(back))).toBe(JSON.stringify(versions));
    }),
  );
});

test('an entry after others changes nothing of theirs', () => {
  fc.assert(
    fc.property(fc.array(content, { minLength: 2, maxLength: 8 }), (contents) => {
      const entries = contents.map((each, i) => ({ id: `a v${i}`, content: each }));
      expect(encode(entries).slice(0, -1)).toEqual(encode(entries.slice(0, -1)));
    }),
  );
});

test('equal conditions have one text, however they are written', () => {
  expect(keyOf({ includes: { caps: ['B', 'A'], arches: [] }, action: 'ALLOW', args: [], excludes: {} })).toBe(
    '{"action":"ALLOW","includes":{"caps":["A","B"]}}',
  );
  expect(keyOf({ action: 'ERRNO', errnoRet: 0 })).not.toBe(keyOf({ action: 'ERRNO' }));
});

const profile = (rule: object, more: object = {}) =>
  JSON.stringify({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [rule], ...more });

test('a default.json of any age: single names, empty lists, errno as a word or a number', () => {
  const old = readDefaultJson(profile({ name: 'read', action: 'SCMP_ACT_ALLOW', args: null, includes: {} }));
  const now = readDefaultJson(
    profile({ names: ['read'], action: 'SCMP_ACT_ALLOW', comment: '', excludes: {} }),
  );
  expect(textOf(old)).toBe(textOf(now));
  const word = readDefaultJson(
    profile(
      { names: ['bpf'], action: 'SCMP_ACT_ERRNO', errnoRet: 5, errno: 'EPERM' },
      {
        defaultErrno: 'ENOSYS',
        defaultErrnoRet: 1,
        archMap: [{ architecture: 'SCMP_ARCH_RISCV64', subArchitectures: null }],
      },
    ),
  );
  expect(word.head).toEqual({ defaultAction: 'ERRNO', defaultErrnoRet: 38, archMap: { RISCV64: [] } });
  expect([...word.groups.keys()]).toEqual(['{"action":"ERRNO","errnoRet":1}']);
});

test.each([
  [profile({ names: ['x'], action: 'SCMP_ACT_ALLOW', weight: 1 }), /weight/],
  [profile({ names: ['x'], action: 'SCMP_ACT_ALLOW' }, { flags: [] }), /flags/],
  [profile({ names: ['x'], action: 'SCMP_ACT_ERRNO', errno: 'EUNHEARD' }), /EUNHEARD/],
])('a key or word without a place in the facts is refused', (text, message) => {
  expect(() => readDefaultJson(text)).toThrow(message);
});
