import type { SourceRecord } from '../grammar/record.ts';
import { abiOfAudit, callOfNumber } from '../grammar/siginfo.ts';

const GDB = /\b_syscall = (\d+),\s*_arch = (\d+)/;
const EMULATOR = /^(?:(\d+) +)?Unknown syscall (-?\d+)$/;

/** gdb's `p $_siginfo`: it prints every member of a union, so only a valid architecture is one of SIGSYS. */
export function gdbRecord(text: string): SourceRecord | undefined {
  const found = GDB.exec(text);
  const abi = found ? abiOfAudit(`0x${Number(found[2]).toString(16)}`) : undefined;
  if (!found || !abi) return undefined;
  const nr = Number(found[1]);
  const call = callOfNumber(nr, abi);
  return { tool: 'gdb', pid: undefined, nr, args: '', outcome: { kind: 'sigsys' }, ...call };
}

/** qemu-user's -strace of a call that the emulator does not know: the program gets ENOSYS. */
export function emulatorRecord(text: string): SourceRecord | undefined {
  const found = EMULATOR.exec(text.trimEnd());
  if (!found) return undefined;
  const pid = found[1] === undefined ? undefined : Number(found[1]);
  const name = `syscall_0x${Number(found[2]).toString(16)}`;
  return {
    tool: 'qemu-user',
    pid,
    abi: undefined,
    name,
    args: '',
    outcome: { kind: 'failed', errno: 'ENOSYS' },
  };
}

const CORE = 4;
const NOTE = 4;
const SIGINFO = 0x53494749;
const PRSTATUS = 1;
const SIGSYS = 31;

/** The end of a process as strace prints it, from the notes of its core file; undefined for other bytes. */
export function linesOfCore(bytes: Uint8Array): readonly string[] | undefined {
  if (bytes.length < 64 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46)
    return undefined;
  const wide = bytes[4] === 2;
  const little = bytes[5] !== 2;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const half = (at: number): number => view.getUint16(at, little);
  const word = (at: number): number => view.getUint32(at, little);
  const address = (at: number): number => (wide ? Number(view.getBigUint64(at, little)) : word(at));
  if (half(16) !== CORE) return undefined;
  const [headers, size, count] = [address(wide ? 32 : 28), half(wide ? 54 : 42), half(wide ? 56 : 44)];
  let pid = '';
  for (let index = 0; index < count; index++) {
    const header = headers + index * size;
    if (header + size > bytes.length) break;
    if (word(header) !== NOTE) continue;
    const from = address(header + (wide ? 8 : 4));
    const to = Math.min(bytes.length, from + address(header + (wide ? 32 : 16)));
    for (let at = from; at + 12 <= to; ) {
      const body = at + 12 + 4 * Math.ceil(word(at) / 4);
      const next = body + 4 * Math.ceil(word(at + 4) / 4);
      if (next > bytes.length) break;
      // elf_prstatus: siginfo (12), cursig (2 of 4), two sets of signals, pid.
      if (word(at + 8) === PRSTATUS && pid === '') pid = `${word(body + (wide ? 32 : 24))} `;
      if (word(at + 8) === SIGINFO) return siginfoLines(pid, word, body, wide);
      at = next;
    }
  }
  return [];
}

function siginfoLines(
  pid: string,
  word: (at: number) => number,
  body: number,
  wide: boolean,
): readonly string[] {
  const signal = word(body);
  if (signal !== SIGSYS) return [];
  const union = body + (wide ? 16 : 12) + (wide ? 8 : 4);
  const code = word(body + 8) === 1 ? 'SYS_SECCOMP' : 'SI_USER';
  const call = `si_syscall=${word(union)}, si_arch=0x${word(union + 4).toString(16)}`;
  return [
    `${pid}--- SIGSYS {si_signo=SIGSYS, si_code=${code}, ${call}} ---`,
    `${pid}+++ killed by SIGSYS (core dumped) +++`,
  ];
}
