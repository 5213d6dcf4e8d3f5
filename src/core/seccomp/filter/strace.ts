import { fail, ok, type Result } from '../../failure.ts';
import type { Instruction, Program } from './instruction.ts';
import { symbolicValue } from './symbols.ts';

/** A filter that a process loaded, as `strace -v` printed it. */
export interface LoadedFilter {
  readonly program: Program;
  /** Line of the text, from 1. */
  readonly line: number;
  /** As strace printed it; undefined in a trace of one process. */
  readonly pid: number | undefined;
  readonly call: 'prctl' | 'seccomp';
  /** False where the kernel refused it; undefined where the trace does not tell. */
  readonly accepted: boolean | undefined;
}

/**
 * `prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, …` or `seccomp(SECCOMP_SET_MODE_FILTER, flags, …` with its list of instructions;
 * `strace -X raw` prints the numbers, `-X verbose` both.
 */
const LOAD =
  /\b(prctl|seccomp)\((?:(?:PR_SET_SECCOMP|0x16), (?:SECCOMP_MODE_FILTER|0x2)|(?:SECCOMP_SET_MODE_FILTER|0x1), [^,]+), \{len=(\d+), filter=(\[[^[\]\n]*\]|0x[0-9a-f]+|\.\.\.)/;
const INSTRUCTION = /BPF_(STMT|JUMP)\(([^()]*)\)/g;
const COMMENT = / \/\*.*?(?:\*\/|$)/gs;
/** With `strace -Y` the command's name follows. */
const PID = /^(?:\[pid +(\d+)(?:<[^>]*>)?\]|(\d+)(?:<[^>]*>)?) /;

function instructionOf(kind: string, fields: string): Instruction | undefined {
  const values = fields.split(',').map(symbolicValue);
  if (values.some((value) => value === undefined)) return undefined;
  const [code, k, jt = 0, jf = 0] = values as number[];
  if (code === undefined || k === undefined || values.length !== (kind === 'JUMP' ? 4 : 2)) return undefined;
  return { code, jt, jf, k };
}

function programOf(list: string): Program | string {
  const program: Instruction[] = [];
  for (const [text, kind, fields] of list.matchAll(INSTRUCTION)) {
    const instruction = instructionOf(kind!, fields!);
    if (!instruction) return text;
    program.push(instruction);
  }
  return program;
}

/**
 * Every filter that `strace -v -e trace=prctl,seccomp` shows being loaded, in order. Without `-v` strace prints an address in
 * place of the filter: that is a failure, because nothing could be said.
 */
export function readStraceFilters(text: string): Result<readonly LoadedFilter[]> {
  const found: LoadedFilter[] = [];
  for (const [index, whole] of text.split('\n').entries()) {
    if (!whole.includes('filter=')) continue;
    const content = whole.replace(COMMENT, '');
    const match = LOAD.exec(content);
    if (!match) continue;
    const line = index + 1;
    const [, call, length, list] = match;
    if (!list!.startsWith('[')) {
      return fail('input', 'the filter is not printed in full', {
        where: { line },
        hint: 'record with strace -v (and -f): strace -f -v -e trace=prctl,seccomp -o FILE COMMAND',
      });
    }
    const program = programOf(list!);
    if (typeof program === 'string') {
      return fail('input', `'${program}' is not an instruction we know`, { where: { line } });
    }
    if (program.length !== Number(length)) {
      return fail('input', `the filter has ${length} instructions but ${program.length} are printed`, {
        where: { line },
        hint: 'the line is cut; record again and keep lines whole',
      });
    }
    const pid = PID.exec(content);
    const result = /\) += (-?\d+)/.exec(content.slice(match.index + match[0].length));
    found.push({
      program,
      line,
      pid: pid ? Number(pid[1] ?? pid[2]) : undefined,
      call: call as 'prctl' | 'seccomp',
      accepted: result ? Number(result[1]) >= 0 : undefined,
    });
  }
  if (found.length === 0) {
    return fail('input', 'no seccomp filter is loaded in this text', {
      hint: 'give a raw filter, or the output of strace -f -v -e trace=prctl,seccomp',
    });
  }
  return ok(found);
}
