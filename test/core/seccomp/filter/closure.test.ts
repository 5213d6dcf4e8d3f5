import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closure } from '../../../../src/core/seccomp/filter/closure.ts';
import { compile } from '../../../../src/core/seccomp/filter/compile.ts';
import { CLASS, MODE } from '../../../../src/core/seccomp/filter/instruction.ts';
import { interpret } from '../../../../src/core/seccomp/filter/interpret.ts';
import { verify } from '../../../../src/core/seccomp/filter/verify.ts';
import { policies } from './arbitrary.ts';
import { datas, memoryPrograms, programs } from './programs.ts';

test('a closure answers as the interpreter, for any program that a kernel takes', () => {
  let accepted = 0;
  fc.assert(
    fc.property(programs, fc.array(datas, { minLength: 1, maxLength: 5 }), (program, inputs) => {
      if (!verify(program).ok) return;
      accepted++;
      const filter = closure(program);
      for (const data of inputs) expect(filter(data)).toBe(interpret(program, data));
    }),
    { numRuns: 3000 },
  );
  expect(accepted).toBeGreaterThan(300);
});

test('…also where the result is made of all scratch words and both registers', () => {
  let accepted = 0;
  fc.assert(
    fc.property(memoryPrograms, fc.array(datas, { minLength: 1, maxLength: 3 }), (program, inputs) => {
      if (!verify(program).ok) return;
      accepted++;
      const filter = closure(program);
      for (const data of inputs) expect(filter(data)).toBe(interpret(program, data));
    }),
    { numRuns: 2000 },
  );
  expect(accepted).toBeGreaterThan(500);
});

test.each([
  ['A into a word', [CLASS.ST, 2], [CLASS.LD | MODE.MEM, 2], 5],
  ['X into a word', [CLASS.STX, 2], [CLASS.LD | MODE.MEM, 2], 7],
  ['A into a word, X untouched', [CLASS.ST, 2], [CLASS.MISC | 0x80, 0], 7],
  ['X into a word, A untouched', [CLASS.STX, 2], [CLASS.ALU | 0x00, 0], 5],
  ['A into another word', [CLASS.ST, 3], [CLASS.LD | MODE.MEM, 2], 9],
] as const)('stores %s', (_, [store, at], [load, from], result) => {
  const step = (code: number, k: number) => ({ code, jt: 0, jf: 0, k });
  const program = [
    step(CLASS.LD | MODE.IMM, 9),
    step(CLASS.ST, 2),
    step(CLASS.LDX | MODE.IMM, 7),
    step(CLASS.LD | MODE.IMM, 5),
    step(store, at),
    step(load, from),
    step(CLASS.RET | 0x10, 0),
  ];
  expect(verify(program).ok).toBe(true);
  const data = new Uint32Array(16);
  expect([interpret(program, data), closure(program)(data)]).toEqual([result, result]);
});

test('a closure of a compiled policy too', () => {
  fc.assert(
    fc.property(policies, fc.array(datas, { minLength: 20, maxLength: 20 }), (policy, inputs) => {
      const compiled = compile(policy);
      if (!compiled.ok) throw new Error(compiled.failure.what);
      const filter = closure(compiled.value);
      const known = new Set(
        compiled.value.filter(({ code }) => code === 0x15 || code === 0x35).map(({ k }) => k),
      );
      for (const data of inputs) {
        for (const word of known) {
          data[0] = word;
          for (const arch of [0xc000003e, 0x40000003, 0xc00000b7]) {
            data[1] = arch;
            expect(filter(data)).toBe(interpret(compiled.value, data));
          }
        }
      }
    }),
    { numRuns: 12 },
  );
});
