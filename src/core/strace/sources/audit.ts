import type { Abi } from '../../linux/abi.ts';
import { parseArch } from '../../linux/arch.ts';
import type { Outcome } from '../grammar/event.ts';
import type { SourceRecord } from '../grammar/record.ts';
import { readResult } from '../grammar/result.ts';
import { abiOfAudit, callOfNumber } from '../grammar/siginfo.ts';

// `type=1326 audit(…): … pid=7 comm="sh" exe="/bin/sh" sig=31 arch=c000003e syscall=435 compat=0 ip=0x7f code=0x80000000`: the
// kernel's log (dmesg, journald), auditd's file (`type=SECCOMP`), `ausearch -i` (names in place of numbers).
const SECCOMP = /\b(?:type=(?:1326|SECCOMP)|SECCOMP)\b.*?\bsyscall=(\w+)/;
// The Security Profiles Operator's log enricher: `type="seccomp" … pid=7 syscallID=435 syscallName="clone3"`.
const OPERATOR =
  /\btype"?[=:] ?"?seccomp"?.*?\bsyscallID"?[=:] ?"?(\d+)"?(?:.*?\bsyscallName"?[=:] ?"?(\w+))?/;

function field(text: string, name: string): string | undefined {
  const found = new RegExp(`\\b${name}"?[=:] ?("?)([^" ,]*)\\1`).exec(text)?.[2];
  return found === '' ? undefined : found;
}

/** A record of the kernel, or of who enriches it, that a filter refused or logged a call. */
export function auditRecord(text: string): SourceRecord | undefined {
  if (!text.includes('syscall')) return undefined;
  const kernel = SECCOMP.exec(text);
  if (kernel) {
    const arch = field(text, 'arch');
    const abi = arch === undefined ? undefined : (abiOfAudit(arch) ?? parseArch(arch));
    const outcome = outcomeOf(field(text, 'code'), field(text, 'sig'));
    return { tool: 'audit', args: '', outcome, ...callOf(kernel[1]!, abi), ...ownerOf(text) };
  }
  const operator = OPERATOR.exec(text);
  if (!operator) return undefined;
  const call =
    operator[2] === undefined ? callOf(operator[1]!, undefined) : { abi: undefined, name: operator[2] };
  return {
    tool: 'security-profiles-operator',
    args: '',
    outcome: { kind: 'unknown' },
    ...call,
    ...ownerOf(text),
  };
}

function ownerOf(text: string): Pick<SourceRecord, 'pid' | 'command'> {
  const pid = field(text, 'pid');
  const command = field(text, 'exe') ?? field(text, 'executable') ?? field(text, 'comm');
  return {
    pid: pid !== undefined && /^\d+$/.test(pid) ? Number(pid) : undefined,
    ...(command === undefined ? {} : { command }),
  };
}

function callOf(syscall: string, abi: Abi | undefined): Pick<SourceRecord, 'abi' | 'name' | 'nr'> {
  if (!/^(?:0x)?[0-9]/.test(syscall)) return { abi, name: syscall };
  const nr = Number(syscall);
  if (!abi) return { abi, name: `syscall_0x${nr.toString(16)}` };
  return { nr, ...callOfNumber(nr, abi) };
}

/** SECCOMP_RET_* of linux/seccomp.h; the kernel leaves out the errno. */
function outcomeOf(code: string | undefined, signal: string | undefined): Outcome {
  if (signal === '31' || signal === 'SIGSYS') return { kind: 'sigsys' };
  const value = code === undefined ? Number.NaN : Number(code);
  const action = Number.isNaN(value) ? code : Math.floor(value / 0x10000);
  if (action === 0 || action === 0x8000 || action === 3 || /^(?:kill|trap)/.test(String(action))) {
    return { kind: 'sigsys' };
  }
  if (action !== 5 && action !== 'errno') return { kind: 'unknown' };
  const errno = value % 0x10000;
  const named = errno > 0 ? readResult(`-1 (errno ${errno})`) : undefined;
  return named?.kind === 'failed' ? named : { kind: 'refused' };
}
