import type { Outcome } from '../grammar/event.ts';
import type { SourceRecord } from '../grammar/record.ts';

// `81 10:54:13.729000001 2 tar (4322) < fchmodat res=-1(EPERM) dirfd=-100(AT_FDCWD) filename=x mode=0755`
const LINE =
  /(?:^|\s)\d\d:\d\d:\d\d\.\d{9} \d+ (\S.*?) \((\d+)(?:[.:]\d+)?\) ([<>]) ([a-z_][a-z0-9_]*)(?: (.*))?$/;
const RESULT = /\b(?:res|fd)=(-?\d+)(?:\(([^)]*)\))?/;

/** A line of sysdig (and Falco's) default output: `>` the beginning of a call, `<` its end. */
export function sysdigRecord(text: string): SourceRecord | undefined {
  const line = LINE.exec(text);
  if (!line) return undefined;
  const [, command, pid, way, name, info = ''] = line;
  const about = {
    tool: 'sysdig' as const,
    pid: Number(pid),
    abi: undefined,
    name: name!,
    ...(command === undefined ? {} : { command }),
  };
  if (way === '>') return { ...about, args: info, outcome: { kind: 'unknown' }, half: 'begin' };
  return { ...about, args: '', outcome: outcomeOf(info), half: 'end' };
}

function outcomeOf(info: string): Outcome {
  const result = RESULT.exec(info);
  if (!result) return { kind: 'unknown' };
  const errno = /^E[A-Z0-9]+$/.test(result[2] ?? '') ? result[2] : undefined;
  if (Number(result[1]) < 0 && errno !== undefined) return { kind: 'failed', errno };
  return { kind: 'returned', value: result[1]! };
}
