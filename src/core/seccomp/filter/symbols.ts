import { ABIS, abiInfo } from '../../linux/abi.ts';
import { ALU, CLASS, JUMP, MISC, MODE, SIZE, SOURCE } from './instruction.ts';
import { RET } from './returns.ts';

/** Symbols that strace, C sources and documentation write in filters, with their values. */
const prefixed = (prefix: string, values: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]);

const SYMBOLS: ReadonlyMap<string, number> = new Map([
  ...prefixed('BPF_', CLASS),
  ...prefixed('BPF_', SIZE),
  ...prefixed('BPF_', MODE),
  ...prefixed('BPF_', ALU),
  ...prefixed('BPF_', JUMP),
  ...prefixed('BPF_', SOURCE),
  ...prefixed('BPF_', MISC),
  ...prefixed('SECCOMP_RET_', RET),
  ['SECCOMP_RET_KILL', RET.KILL_THREAD],
  ...ABIS.filter((abi) => abi !== 'x32').map((abi): [string, number] => {
    const name = abiInfo(abi).scmp.replace('SCMP_ARCH_', 'AUDIT_ARCH_');
    return [name, abiInfo(abi).auditToken];
  }),
  ['AUDIT_ARCH_I386', abiInfo('x86').auditToken],
]);

/** Value of `BPF_LD|BPF_W|BPF_ABS`, `0x4`, `SECCOMP_RET_ERRNO|0x26`, `0x40000000 | 1`; undefined for anything else. */
export function symbolicValue(expression: string): number | undefined {
  let value = 0;
  for (const word of expression.split(/[|+]/)) {
    const text = word.trim();
    const known = SYMBOLS.get(text) ?? (/^(?:0x[0-9a-fA-F]+|\d+)$/.test(text) ? Number(text) : undefined);
    if (known === undefined || known > 0xffffffff) return undefined;
    value = (value | known) >>> 0;
  }
  return value;
}
