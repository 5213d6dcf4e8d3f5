import { fail, ok, type Result } from '../core/failure.ts';
import { syscallName } from '../core/linux/numbers.ts';
import { disassemble } from '../core/seccomp/filter/disassemble.ts';
import { readFilterFile } from '../io/files/filterFile.ts';

/** The filters of a raw file, or of the output of `strace -v`, as text, in the order they were loaded. */
export async function disassembleFilters(path: string): Promise<Result<readonly string[]>> {
  const file = await readFilterFile(path);
  if (!file.ok) return file;
  if (file.value.kind === 'profile') {
    return fail('usage', 'this is a profile, not a filter', {
      where: { file: path },
      hint: `compile it first: trace-build profile compile ${path} -o out.bpf`,
    });
  }
  return ok(file.value.programs.map((program) => disassemble(program, syscallName)));
}
