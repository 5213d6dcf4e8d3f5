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

/**
 * What a log puts before its lines when strace wrote into it: BuildKit its step and seconds (`#12 3.456 `), GitHub, GitLab
 * and `docker logs -t` the moment. And the mark at the beginning of a file from Windows, in UTF-8 or UTF-16.
 */
const LOG =
  /(?:\ufeff|\ufffd\ufffd)?(?:#\d+ \d+\.\d+ |\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d) )?/y;

/** Linux never has larger pids (PID_MAX_LIMIT): a larger number alone is a time of `--absolute-timestamps=unix`. */
const LARGEST_PID = 4_194_304;

// In all these patterns `.` is any character: damaged lines have carriage returns in them.
// `[pid  123] `, `[pid 123<comm>] ` (-Y), `[pid 123 /* 5 in strace's PID NS */] ` (--decode-pids=pidns).
const BRACKET_PID = /\[pid +(\d+)(?:<.*?>)?(?: \/\*[^*]*\*\/)?\] */sy;
// `123  `, `123<comm> `: strace -o.
const BARE_PID = /(\d{1,7})(?:<.*?>)?(?: \/\*[^*]*\*\/)? +/sy;
const CLOCK = / *(\d\d):(\d\d):(\d\d(?:\.\d+)?) +/y;
const SECONDS = / *(\d{8,}(?:\.\d+)?) +/y;
const RELATIVE = / *(?:\(\+ *\d+(?:\.\d+)?\)|\d+\.\d+) +/y;
// Whole seconds, of `--relative-timestamps=s`, stand to the right in six columns, before a call, a mark or the next prefix.
const WHOLE = / *(\d+) +(?=[a-z_<[+?-])/y;
/** A line that begins with such seconds, or with a pid that was indented. */
export const WHOLE_SECONDS = /^(?= {1,5}\d)(?=.{6} ) *(\d+) +(?=[a-z_<[+?-])/;
// `[unconfined_t] `, `[user:role:type:range] `: --secontext, before the times.
const CONTEXT = /\[[a-z_][\w.-]*(?::[\w.:,-]+)?\] /iy;
// The address of -i has 8 or 16 digits or question marks, the number of -n never.
const POINTER = /\[(?:[0-9a-f]{16}|[0-9a-f]{8}|\?{8,16})\] /y;
const NUMBER = /\[ *(\d+|0x[0-9a-f]+|\?+)\] /y;

/** Reads the prefix of one line; every part is optional. */
export function readPrefix(text: string): Prefix {
  const first = text.charCodeAt(0);
  const start = first === 0x23 || first >= 0x80 || text.charCodeAt(4) === 0x2d ? lengthOf(LOG, text) : 0;
  let at = start;
  let pid: number | undefined;
  let number: number | undefined;
  let time: number | undefined;
  if (isLower(text.charCodeAt(at))) return { pid, number, time, at };
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  const owner = take(text.charCodeAt(at) === 0x5b ? BRACKET_PID : BARE_PID);
  if (owner && Number(owner[1]) <= LARGEST_PID) pid = Number(owner[1]);
  else at = start;
  if (!isLower(text.charCodeAt(at))) {
    const context = text.charCodeAt(at) === 0x5b && !take(POINTER) && take(CONTEXT) !== null;
    const clock = take(CLOCK);
    if (clock) time = Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
    else {
      const seconds = take(SECONDS);
      if (seconds) time = Number(seconds[1]);
    }
    if (!take(RELATIVE) && time === undefined) {
      const from = at;
      const whole = take(WHOLE);
      // The pid of -o is padded to five columns.
      const column = owner && pid !== undefined && !context ? columnBehind(owner[0], start) : from;
      if (
        whole &&
        at - whole[0].length + whole[0].trimEnd().length - column !== Math.max(6, whole[1]!.length)
      )
        at = from;
    }
    for (let turn = 0; turn < 2 && text.charCodeAt(at) === 0x5b; turn++) {
      if (take(POINTER)) continue;
      const numbered = take(NUMBER);
      if (numbered && numbered[1]![0] !== '?') number = Number(numbered[1]);
    }
  }
  return { pid, number, time, at };
}

/** Where the field after a pid begins. */
function columnBehind(owner: string, start: number): number {
  const width = owner.trimEnd().length;
  return start + (owner.charCodeAt(0) === 0x5b ? width : Math.max(5, width)) + 1;
}

function lengthOf(pattern: RegExp, text: string): number {
  pattern.lastIndex = 0;
  return pattern.exec(text)![0].length;
}

function isLower(unit: number): boolean {
  return unit >= 0x61 && unit <= 0x7a;
}
