/** What strace puts before a call: pid, time, number, instruction pointer. */
export interface Prefix {
  readonly pid: number | undefined;
  /** Syscall number of `-n`, as the kernel counts it. */
  readonly number: number | undefined;
  /** Seconds: of the day with -t and -tt, since 1970 with -ttt; undefined without them and with -r. */
  readonly time: number | undefined;
  /** Where the rest of the line starts. */
  readonly at: number;
}

/** Linux never has larger pids (PID_MAX_LIMIT): a larger number alone is a time of `--absolute-timestamps=unix`. */
const LARGEST_PID = 4_194_304;

// `[pid  123] `, `[pid 123<comm>] ` (-Y), `[pid 123 /* 5 in strace's PID NS */] ` (--decode-pids=pidns).
const BRACKET_PID = /\[pid +(\d+)(?:<.*?>)?(?: \/\*[^*]*\*\/)?\] */y;
// `123  `, `123<comm> `: strace -o.
const BARE_PID = /(\d{1,7})(?:<.*?>)?(?: \/\*[^*]*\*\/)? +/y;
const CLOCK = / *(\d\d):(\d\d):(\d\d(?:\.\d+)?) +/y;
const SECONDS = / *(\d{8,}(?:\.\d+)?) +/y;
// Whole seconds, of `--relative-timestamps=s`, only where a call, a mark or the next prefix follows.
const RELATIVE = / *(?:\(\+ *\d+(?:\.\d+)?\)|\d+\.\d+|\d+(?= +[a-z_<[+?-])) +/y;
// `[unconfined_t] `, `[user:role:type:range] `: --secontext, before the times.
const CONTEXT = /\[[a-z_][\w.-]*(?::[\w.:,-]+)?\] /iy;
// The address of -i has 8 or 16 digits or question marks, the number of -n never.
const POINTER = /\[(?:[0-9a-f]{16}|[0-9a-f]{8}|\?{8,16})\] /y;
const NUMBER = /\[ *(\d+|0x[0-9a-f]+|\?+)\] /y;

/** Reads the prefix of one line; every part is optional. */
export function readPrefix(text: string): Prefix {
  let at = 0;
  let pid: number | undefined;
  let number: number | undefined;
  let time: number | undefined;
  const first = text.charCodeAt(0);
  if (isLower(first)) return { pid, number, time, at };
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  const owner = take(first === 0x5b ? BRACKET_PID : BARE_PID);
  if (owner && Number(owner[1]) <= LARGEST_PID) pid = Number(owner[1]);
  else at = 0;
  if (!isLower(text.charCodeAt(at))) {
    if (text.charCodeAt(at) === 0x5b && !take(POINTER)) take(CONTEXT);
    const clock = take(CLOCK);
    if (clock) time = Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
    else {
      const seconds = take(SECONDS);
      if (seconds) time = Number(seconds[1]);
    }
    take(RELATIVE);
    for (let turn = 0; turn < 2 && text.charCodeAt(at) === 0x5b; turn++) {
      if (take(POINTER)) continue;
      const numbered = take(NUMBER);
      if (numbered && numbered[1]![0] !== '?') number = Number(numbered[1]);
    }
  }
  return { pid, number, time, at };
}

function isLower(unit: number): boolean {
  return unit >= 0x61 && unit <= 0x7a;
}
