import { fail, ok, type Result } from '../../failure.ts';
import type { Instruction, Program } from './instruction.ts';

/** sizeof(struct sock_filter): 16-bit code, two 8-bit jumps, 32-bit operand. */
const SIZE = 8;

/** A raw `struct sock_filter[]`, as `bwrap --seccomp FD` and seccomp_export_bpf(3) have it. */
export function encodeProgram(program: Program, littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(program.length * SIZE);
  const view = new DataView(bytes.buffer);
  program.forEach(({ code, jt, jf, k }, i) => {
    view.setUint16(i * SIZE, code, littleEndian);
    view.setUint8(i * SIZE + 2, jt);
    view.setUint8(i * SIZE + 3, jf);
    view.setUint32(i * SIZE + 4, k >>> 0, littleEndian);
  });
  return bytes;
}

/** Reads a raw `struct sock_filter[]`. Only the size is checked here; `verify` tells whether a kernel takes it. */
export function decodeProgram(bytes: Uint8Array, littleEndian = true): Result<Program> {
  if (bytes.length === 0 || bytes.length % SIZE !== 0) {
    return fail('input', `${bytes.length} bytes are not a BPF program: an instruction has ${SIZE}`, {
      hint: 'give the raw filter that bwrap --seccomp takes, or the text of strace -v',
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const program: Instruction[] = [];
  for (let at = 0; at < bytes.length; at += SIZE) {
    program.push({
      code: view.getUint16(at, littleEndian),
      jt: view.getUint8(at + 2),
      jf: view.getUint8(at + 3),
      k: view.getUint32(at + 4, littleEndian),
    });
  }
  return ok(program);
}
