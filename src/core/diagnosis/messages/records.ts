import { ABIS, type Abi, abiInfo } from '../../linux/abi.ts';
import { parseArch } from '../../linux/arch.ts';
import { canonicalName, syscallName } from '../../linux/numbers.ts';
import { compileExpression } from './expression.ts';
import type { Line, Rule } from './scanner.ts';

/** A line that names the refused call itself: no guess is needed. */
export interface Sighting {
  /** Undefined where a filter ended the process and the line does not say for which call. */
  readonly syscall?: string;
  /** As the line has it, where the tables have no name for it. */
  readonly number?: number;
  readonly abi?: Abi;
  readonly errno?: string;
  readonly kind: SightingKind;
  /** The program that made the call, as the record names it. */
  readonly program?: string;
  readonly line: Line;
}

export type SightingKind =
  /** The kernel's audit record of a filter's action. */
  | 'audit'
  /** siginfo of SIGSYS, as strace or a debugger prints it. */
  | 'siginfo'
  /** A traced call that returned the error. */
  | 'trace'
  /** Registers of a Go program that died of SIGSYS. */
  | 'registers'
  /** gVisor's own kernel says that it lacks the call. */
  | 'gvisor'
  /** An emulator says that it lacks the call. */
  | 'emulator'
  /** A program's report of what its own, or its container's, filter refused. */
  | 'filter-report'
  /** The process died of SIGSYS; by which call is not said. */
  | 'killed';

// x32 shares the token of x86_64.
const BY_TOKEN: ReadonlyMap<number, Abi> = new Map(
  ABIS.filter((abi) => abi !== 'x32').map((abi) => [abiInfo(abi).auditToken >>> 0, abi]),
);

/** How far behind `SIGSYS` a Go program prints its registers. */
const REGISTERS_WITHIN = 400;

/** Rules for records; `take` gets each. The registers of a traceback only count behind its SIGSYS. */
export function recordRules(take: (sighting: Sighting) => void): readonly Rule[] {
  let goDied = Number.NEGATIVE_INFINITY;
  const rule = (match: string, found: Rule['found']): Rule => ({
    expression: compileExpression(match),
    found,
  });
  const number = (kind: SightingKind, match: string, errno?: string): Rule =>
    rule(match, ([, text], line) => {
      const sighting = named(text, errno, kind, line);
      if (sighting) take(sighting);
    });

  return [
    rule(
      String.raw`(?:type=1326|type=SECCOMP|\bSECCOMP auid=|audit\(.{1,60}\bsyscall=).{0,400}`,
      (_, line) => {
        const sighting = auditRecord(line);
        if (sighting) take(sighting);
      },
    ),
    rule(
      String.raw`si_signo=SIGSYS.{0,200}si_syscall=(?:__NR_)?(\w+)(?:.{0,60}si_arch=AUDIT_ARCH_(\w+))?`,
      (match, line) => {
        const abi = match[2] === undefined ? undefined : parseArch(match[2].toLowerCase());
        const name = nameOf(match[1]!, abi ?? 'x86_64');
        take({ ...name, ...(abi ? { abi } : {}), kind: 'siginfo', line });
      },
    ),
    rule(String.raw`_sigsys = \{.{0,120}_syscall = (\d+)(?:, _arch = (\d+))?`, (match, line) => {
      const abi = BY_TOKEN.get(Number(match[2]) >>> 0) ?? 'x86_64';
      take({ ...nameOf(match[1]!, abi), abi, kind: 'siginfo', line });
    }),
    rule(String.raw`= -1 (?:(ENOSYS|EPERM)\b|\(errno (1|38)\))`, (match, line) => {
      // strace's own fault injection is nobody's refusal.
      if (line.text.includes('(INJECTED)', match.index)) return;
      const errno = match[1] ?? (match[2] === '1' ? 'EPERM' : 'ENOSYS');
      const sighting = tracedCall(line, match.index, errno);
      if (sighting) take(sighting);
    }),
    rule('SIGSYS: bad system call', (_, line) => {
      goDied = line.number;
    }),
    rule(String.raw`^\s*(?:\S{1,40} \| )?rax {1,12}0x([0-9a-f]{1,8})$`, (match, line) => {
      if (line.number - goDied > REGISTERS_WITHIN) return;
      take({ ...nameOf(`0x${match[1]}`, 'x86_64'), abi: 'x86_64', kind: 'registers', line });
    }),
    rule(String.raw`unsupported syscall (?:UNKNOWN\[(\d+)/|(\w+)\()`, (match, line) => {
      const sighting = named(match[1] ?? match[2], 'ENOSYS', 'gvisor', line);
      if (sighting) take(sighting);
    }),
    number('emulator', String.raw`qemu: unsupported syscall: (\d+)`, 'ENOSYS'),
    number('emulator', String.raw`unhandled \w{2,10}-linux syscall: (\d+)`, 'ENOSYS'),
    number('filter-report', 'seccomp-bpf failure in syscall (?:nr=)?0*((?:0x)?[0-9a-f]+)'),
    number('filter-report', String.raw`seccomp sandbox violation: .{0,60}syscall (\d+)`),
    rule(String.raw`unexpected system call \(arch:0x([0-9a-f]+),syscall:(\d+)`, (match, line) => {
      const abi = BY_TOKEN.get(Number(`0x${match[1]}`) >>> 0) ?? 'x86_64';
      take({ ...nameOf(match[2]!, abi), abi, kind: 'filter-report', line });
    }),
    number('filter-report', String.raw`caught a bad syscall attempt \(syscall (\w+)\)`),
    number('filter-report', String.raw`blocked syscall: (\w+)`),
    // abrt: the function that the program was in.
    number('filter-report', String.raw`\b(\w{2,30})\(\): \S{1,60} killed by SIGSYS`),
    number('filter-report', String.raw`banned syscall number \[(\d+)\]`),
    number('filter-report', String.raw`bad syscall \(?(\d+)\)?`),
    number('filter-report', String.raw`syscall_?Name"?[:=] ?"?(\w+)`),
    rule(
      String.raw`(?:blocked|disallowed|forbidden|denied|illegal|prohibited|unexpected|violating|violation|not allowed|not permitted)\b(.{0,24})\b(?:syscall|system call)(?: number| nr| id)?[ :=#("'\[]{1,3}(\w+)`,
      ([, between = '', text], line) => {
        // Android names the ABI of the number: `disallowed arm64 system call 439`.
        const abi = parseArch(between.trim().toLowerCase());
        const name = nameOf(text!, abi ?? 'x86_64');
        if (name.syscall === undefined && name.number === undefined) return;
        take({ ...name, ...(abi ? { abi } : {}), kind: 'filter-report', line });
      },
    ),
    number(
      'filter-report',
      String.raw`\b(?:syscall|system call)(?: number| nr| id)?[ :=#("'\[]{1,3}(\w+)[)"'\]]{0,2} (?:is |was |has been )?(?:blocked|denied|disallowed|forbidden|not allowed|not permitted)`,
    ),
    number('filter-report', String.raw`\bunimplemented (?:syscall|system call)[ :#]{1,2}(\w+)`, 'ENOSYS'),
    rule(
      String.raw`Bad system call|\bSIGSYS\b|(?:signal:? |by signal )31\b|status=31/SYS|signal=SYS\b|(?:exit(?:ed)?(?: with)?(?: code| status)?|non-zero code|status|code):? ?159\b`,
      (_, line) => take({ kind: 'killed', line }),
    ),
  ];
}

/** `type=1326 audit(…): … comm="sh" exe="/bin/busybox" sig=31 arch=c000003e syscall=435 … code=0x80000000`. */
function auditRecord(line: Line): Sighting | undefined {
  const field = (name: string): string | undefined =>
    new RegExp(String.raw`\b${name}=(?:"([^"]*)"|(\S+))`)
      .exec(line.text)
      ?.slice(1)
      .find((text) => text !== undefined);
  const syscall = field('syscall');
  if (syscall === undefined) return undefined;
  const arch = field('arch') ?? '';
  const abi = /^[0-9a-f]{8}$/.test(arch) ? BY_TOKEN.get(Number.parseInt(arch, 16) >>> 0) : parseArch(arch);
  const code = Number(field('code') ?? '0');
  // SECCOMP_RET_LOG and SECCOMP_RET_ALLOW: recorded, not refused.
  if (code === 0x7ffc0000 || code === 0x7fff0000) return undefined;
  const errno = (code & 0xffff0000) === 0x00050000 ? errnoOf(code & 0xffff) : undefined;
  // `435(clone3)`, as snap's tools write it.
  const bare = /^\d+\((\w+)\)$/.exec(syscall)?.[1] ?? syscall.replace(/\W.*$/s, '');
  const program = field('comm') ?? field('exe');
  return {
    ...nameOf(bare, abi ?? 'x86_64'),
    ...(abi ? { abi } : {}),
    ...(errno === undefined ? {} : { errno }),
    ...(program === undefined ? {} : { program }),
    kind: 'audit',
    line,
  };
}

function errnoOf(value: number): string | undefined {
  return value === 1 ? 'EPERM' : value === 38 ? 'ENOSYS' : undefined;
}

/** A line of strace or `perf trace`: the call is what stands before the first parenthesis. */
function tracedCall(line: Line, end: number, errno: string): Sighting | undefined {
  const before = line.text.slice(0, end);
  const name =
    /<\.\.\. (\w+) resumed>/.exec(before)?.[1] ?? /(?:^|[\s\]>])([a-z_][a-z0-9_]{1,40})\(/.exec(before)?.[1];
  return name === undefined ? undefined : named(name, errno, 'trace', line);
}

function named(
  text: string | undefined,
  errno: string | undefined,
  kind: SightingKind,
  line: Line,
): Sighting | undefined {
  if (text === undefined) return undefined;
  const name = nameOf(text, 'x86_64');
  // Words that are neither a number nor a syscall: the line was about something else.
  if (name.syscall === undefined && name.number === undefined) return undefined;
  return { ...name, ...(errno === undefined ? {} : { errno }), kind, line };
}

/** `435`, `0x1b3`, `syscall_0x1b3`, `SYS_clone3`, `__NR_clone3` or a name. */
function nameOf(text: string, abi: Abi): { readonly syscall?: string; readonly number?: number } {
  const digits = /^(?:syscall_|SYS_|__NR_)?(0x[0-9a-f]+|\d+)$/i.exec(text)?.[1];
  if (digits !== undefined) {
    const number = Number(digits);
    const syscall = syscallName(number, abi);
    return syscall === undefined ? { number } : { syscall, number };
  }
  const syscall = canonicalName(text.replace(/^(?:SYS_|__NR_|sys_|__x64_sys_)/, ''));
  return syscall === undefined ? {} : { syscall };
}
