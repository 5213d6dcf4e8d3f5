import fc from 'fast-check';
import { syscallNumber } from '../../../src/core/linux/numbers.ts';
import type { Outcome } from '../../../src/core/strace/grammar/event.ts';

/** One call of the generated program, as it really happened. */
export interface Made {
  readonly pid: number;
  readonly abi: 'x86_64' | 'x86';
  readonly name: string;
  readonly args: readonly string[];
  readonly outcome: Outcome;
  /** Where the call is torn into unfinished and resumed: after so many arguments; undefined for one line. */
  readonly torn: number | undefined;
}

export interface Dialect {
  readonly pids: 'bare' | 'bracket';
  readonly comm: boolean;
  readonly time: 'none' | 't' | 'tt' | 'ttt' | 'r' | 'rs' | 'trs';
  /** --secontext: nothing, the type, everything. */
  readonly context: 'none' | 'type' | 'full';
  readonly number: boolean;
  readonly pointer: boolean;
  /** -T, and in which unit. */
  readonly spent: 'no' | 's' | 'us';
  readonly old: boolean;
  readonly crlf: boolean;
  readonly colour: boolean;
  readonly stack: boolean;
  readonly names: boolean;
  /** The log that strace wrote into. */
  readonly log: 'no' | 'buildkit' | 'moment';
}

const nastyString = fc.oneof(
  fc.constantFrom(
    '"a) = -1 EPERM (Operation not permitted)"',
    '"\\")) = 3"...',
    '"<unfinished ...>"',
    '"x \\"quoted, twice\\" (y"',
    '"+++ exited with 0 +++"',
    '"[pid 12] read(3"',
    '"\\177ELF\\2\\1\\0"...',
    '"/* no comment"',
    '"tab\\there {[("',
  ),
  fc
    .string({
      unit: fc.constantFrom('a', ')', '(', ' ', '=', ',', '{', ']', '<', '>', '-', '1', 'é', '/'),
      maxLength: 12,
    })
    .map((text) => `"${text}"`),
);

const argument = fc.oneof(
  fc.constantFrom(
    '3',
    '0x7ffd2b1c',
    'NULL',
    'AT_FDCWD',
    'O_RDONLY|O_CLOEXEC',
    '-1',
    '0666',
    '~[KILL STOP]',
    '1<<3',
  ),
  fc.constantFrom(
    '{st_mode=S_IFREG|0644, st_size=9, ...}',
    '[{iov_base="a)b", iov_len=3}, {iov_base="", iov_len=0}]',
    '[{fd=3, events=POLLIN}]',
    '0x7ffd /* 39 vars */',
    '3</tmp/a (deleted)>',
    '5<TCP:[10.0.0.1:80->10.0.0.2:90]>',
    '{sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}',
  ),
  nastyString,
);

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc
    .constantFrom('0', '3', '17', '4096', '0x7f12ab34c000')
    .map((value) => ({ kind: 'returned' as const, value })),
  fc
    .constantFrom('ENOENT', 'EPERM', 'ENOSYS', 'EACCES', 'EINVAL')
    .map((errno) => ({ kind: 'failed' as const, errno })),
  fc.constantFrom({ kind: 'failed' as const, errno: 'EPERM', injected: true }),
  fc.constantFrom(
    { kind: 'unknown' as const },
    { kind: 'unknown' as const, restart: 'ERESTARTSYS' },
    { kind: 'unknown' as const, restart: 'ERESTART_RESTARTBLOCK' },
  ),
);

/** Names that both ABIs have, so that nothing but number or mode tells the ABI. */
const NAMES = [
  'openat',
  'read',
  'write',
  'close',
  'futex',
  'fchmodat2',
  'faccessat2',
  'statx',
  'ioctl',
  'socket',
];
const PIDS = [100, 101, 20_345, 4_194_304];

export const made: fc.Arbitrary<Made[]> = fc.array(
  fc.record({
    pid: fc.constantFrom(...PIDS),
    abi: fc.constant('x86_64' as const),
    name: fc.constantFrom(...NAMES),
    args: fc.array(argument, { maxLength: 4 }),
    outcome,
    torn: fc.option(fc.nat(4), { nil: undefined, freq: 2 }),
  }),
  { minLength: 1, maxLength: 40 },
);

export const dialect: fc.Arbitrary<Dialect> = fc.record({
  pids: fc.constantFrom('bare' as const, 'bracket' as const),
  comm: fc.boolean(),
  time: fc.constantFrom('none', 't', 'tt', 'ttt', 'r', 'rs', 'trs'),
  context: fc.constantFrom('none', 'none', 'type', 'full'),
  number: fc.boolean(),
  pointer: fc.boolean(),
  spent: fc.constantFrom('no', 's', 'us'),
  old: fc.boolean(),
  crlf: fc.boolean(),
  colour: fc.boolean(),
  stack: fc.boolean(),
  names: fc.boolean(),
  log: fc.constantFrom('no', 'no', 'buildkit', 'moment'),
});

const WORDS: Record<string, string> = {
  ENOENT: 'No such file or directory',
  EPERM: 'Operation not permitted',
  ENOSYS: 'Function not implemented',
  EACCES: 'Permission denied',
  EINVAL: 'Invalid argument',
};

export function resultText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'returned':
      return outcome.value;
    case 'failed':
      return `-1 ${outcome.errno} (${WORDS[outcome.errno]})${outcome.injected ? ' (INJECTED)' : ''}`;
    case 'unknown':
      return outcome.restart ? `? ${outcome.restart} (To be restarted if SA_RESTART is set)` : '?';
    case 'sigsys':
    case 'refused':
      return '?';
  }
}

/** What strace calls it: strace 6.1 does not know fchmodat2. */
function printed(event: Made, old: boolean): string {
  return event.name === 'fchmodat2' && old ? 'syscall_0x1c4' : event.name;
}

export function argsText({ args }: Made, { names }: Dialect): string {
  return args.map((arg, index) => (names && index % 2 === 0 ? `fd=${arg}` : arg)).join(', ');
}

/** Renders the calls in their order; torn calls end after `gap` later calls of other processes. */
export function render(events: readonly Made[], dialect: Dialect, modes: ReadonlyMap<number, 'x86'>): string {
  const lines: string[] = [];
  const waiting = new Map<number, string>();
  const eol = dialect.crlf ? '\r\n' : '\n';
  const prefix = (event: Made, body: string): string => {
    const comm = dialect.comm ? '<cc1 (x)>' : '';
    const pid =
      dialect.pids === 'bare'
        ? `${`${event.pid}${comm}`.padEnd(5)} `
        : `[pid ${String(event.pid).padStart(5)}${comm}] `;
    const time = {
      none: '',
      t: '12:34:56 ',
      tt: '12:34:56.789012 ',
      ttt: '1795231850.998227 ',
      r: '     0.000123 ',
      rs: '     0 ',
      trs: '12:34:56 (+     1) ',
    };
    const context = {
      none: '',
      type: '[unconfined_t] ',
      full: '[unconfined_u:unconfined_r:container_t:s0-s0:c0.c1023] ',
    }[dialect.context];
    const pointer = dialect.pointer ? '[00007f0bf5059c47] ' : '';
    const nr = dialect.number ? `[${String(syscallNumber(event.name, event.abi)).padStart(4)}] ` : '';
    const line = pid + context + time[dialect.time] + nr + pointer + body;
    return dialect.colour ? `\x1b[1m${line}\x1b[0m` : line;
  };
  const flush = (pid: number): void => {
    const tail = waiting.get(pid);
    if (tail !== undefined) lines.push(tail);
    waiting.delete(pid);
  };
  for (const [pid, mode] of modes) {
    lines.push(
      dialect.pids === 'bare'
        ? `${pid} [ Process PID=${pid} runs in ${mode === 'x86' ? '32' : '64'} bit mode. ]`
        : `[pid ${pid}] [ Process PID=${pid} runs in 32 bit mode. ]`,
    );
  }
  for (const event of events) {
    flush(event.pid);
    const name = printed(event, dialect.old);
    const spent =
      event.outcome.kind === 'unknown' ? '' : { no: '', s: ' <0>', us: ' <0.000012>' }[dialect.spent];
    const end = `= ${resultText(event.outcome)}${spent}`;
    const args = argsText(event, dialect);
    if (event.torn === undefined)
      lines.push(prefix(event, `${name}(${args})${args.length < 20 ? '   ' : ' '}${end}`));
    else {
      const shown = { ...event, args: event.args.slice(0, event.torn) };
      const head = argsText(shown, dialect);
      const rest = args.slice(head.length).replace(/^, /, '');
      const comma = rest === '' ? '' : head === '' ? '' : ', ';
      lines.push(prefix(event, `${name}(${head}${comma} <unfinished ...>`));
      const space = dialect.old ? ' ' : '';
      waiting.set(event.pid, prefix(event, `<... ${name} resumed>${space}${rest})${space} ${end}`));
    }
    if (dialect.stack) lines.push(' > /lib/x86_64-linux-gnu/libc.so.6(read+0x12) [0xfce12]');
  }
  for (const pid of [...waiting.keys()]) flush(pid);
  for (const pid of new Set(events.map((event) => event.pid))) {
    lines.push(
      dialect.pids === 'bare' ? `${pid} +++ exited with 0 +++` : `[pid ${pid}] +++ exited with 0 +++`,
    );
  }
  const log = { no: '', buildkit: '#8 12.345 ', moment: '2026-11-21T10:02:03.1234567Z ' }[dialect.log];
  return lines.map((line) => log + line + eol).join('');
}
