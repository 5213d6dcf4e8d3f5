import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closure } from '../../../../src/core/seccomp/filter/closure.ts';
import { compile } from '../../../../src/core/seccomp/filter/compile.ts';
import { interpret } from '../../../../src/core/seccomp/filter/interpret.ts';
import { verify } from '../../../../src/core/seccomp/filter/verify.ts';
import { policies } from './arbitrary.ts';
import { datas, programs } from './programs.ts';

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
