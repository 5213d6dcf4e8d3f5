import { expect, test } from 'vitest';
import { syscallName } from '../../../../src/core/linux/numbers.ts';
import { compile } from '../../../../src/core/seccomp/filter/compile.ts';
import { disassemble } from '../../../../src/core/seccomp/filter/disassemble.ts';
import { decodeProgram, encodeProgram } from '../../../../src/core/seccomp/filter/encode.ts';
import type { Policy } from '../../../../src/core/seccomp/profile/policy.ts';

const POLICY: Policy = {
  abis: [
    {
      abi: 'x86_64',
      rules: new Map([
        [0, [{ conditions: [], action: { kind: 'allow' }, origin: { from: 'trace-build' } }]],
        [
          135,
          [
            {
              conditions: [{ index: 0, op: 'EQ', value: 0x100000008n, valueTwo: 0n }],
              action: { kind: 'allow' },
              origin: { from: 'trace-build' },
            },
          ],
        ],
      ]),
      stubAbove: 300,
    },
  ],
  defaultAction: { kind: 'errno', value: 1 },
  badArchAction: { kind: 'kill_thread' },
  skipped: [],
};

function compiled() {
  const program = compile(POLICY);
  if (!program.ok) throw new Error(program.failure.what);
  return program.value;
}

test('a program as text', () => {
  expect(disassemble(compiled(), syscallName)).toMatchInlineSnapshot(`
    " 0: 20 00 00 00000004  A = arch
     1: 15 01 00 c000003e  if arch == 0xc000003e goto 3 else next       ; x86_64
     2: 06 00 00 00000000  return kill thread
     3: 20 00 00 00000000  A = nr
     4: 45 00 03 40000000  if nr & 0x40000000 goto next else 8          ; read
     5: 15 00 01 ffffffff  if nr == 0xffffffff goto next else 7
     6: 06 00 00 00050001  return EPERM
     7: 06 00 00 00000000  return kill thread
     8: 35 01 00 00000087  if nr >= 0x87 goto 10 else next              ; personality
     9: 35 07 06 00000001  if nr >= 0x1 goto 17 else 16                 ; write
    10: 35 04 00 00000088  if nr >= 0x88 goto 15 else next              ; ustat
    11: 20 00 00 00000014  A = arg0 high
    12: 15 00 04 00000001  if A == 0x1 goto next else 17
    13: 20 00 00 00000010  A = arg0 low
    14: 15 01 02 00000008  if A == 0x8 goto 16 else 17
    15: 35 02 01 0000012d  if nr >= 0x12d goto 18 else 17               ; fanotify_mark
    16: 06 00 00 7fff0000  return allow
    17: 06 00 00 00050001  return EPERM
    18: 06 00 00 00050026  return ENOSYS
    "
  `);
});

test.each([true, false])('encoded and decoded again, little endian: %s', (littleEndian) => {
  expect(decodeProgram(encodeProgram(compiled(), littleEndian), littleEndian)).toEqual({
    ok: true,
    value: compiled(),
  });
});

test('half an instruction is not a program', () => {
  expect(decodeProgram(new Uint8Array(12))).toMatchObject({ ok: false, failure: { kind: 'input' } });
});
