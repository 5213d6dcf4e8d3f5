import { splitArguments } from '../grammar/arguments.ts';
import type { SourceRecord } from '../grammar/record.ts';
import { readResult } from '../grammar/result.ts';

// `     0.049 ( 0.015 ms): true/20662 brk()  = 0x562f`; a call that goes on ends in ` ...`, its end begins `... [continued]:`.
const HEAD =
  /(?:^|\s)(?:\?|\d+\.\d+) \( *(?:\d+\.\d+ ms)? *\): (?:([^/]{1,16})\/(\d+) +)?(\.\.\. \[continued\]: )?([a-z_][a-z0-9_]*)\(/;

/** What perf leaves out of the names of flags. */
const PREFIXES: Readonly<Record<string, string>> = {
  family: 'AF_',
  type: 'SOCK_',
  clone_flags: 'CLONE_',
  protocol: 'IPPROTO_',
  prot: 'PROT_',
  dfd: 'AT_FD',
};

/** A line of `perf trace`. It shows pointers in place of strings. */
export function perfRecord(text: string): SourceRecord | undefined {
  const head = HEAD.exec(text);
  if (!head) return undefined;
  const [whole, comm, pid, continued, name] = head;
  const rest = text.slice(head.index + whole.length).trimEnd();
  const about = {
    tool: 'perf-trace' as const,
    pid: pid === undefined ? undefined : Number(pid),
    abi: undefined,
    name: name!,
    ...(comm === undefined ? {} : { command: comm }),
  };
  const equals = resultAt(rest);
  if (equals === -1) {
    if (!rest.endsWith('...')) return undefined;
    const open = rest.slice(0, -3).trimEnd().replace(/\)$/, '');
    return { ...about, args: argumentsOf(open), outcome: { kind: 'unknown' }, half: 'begin' };
  }
  const outcome = readResult(rest.slice(equals).replace(/^\) += /, ''));
  if (!outcome) return undefined;
  const args = argumentsOf(rest.slice(0, equals).replace(/\)$/, ''));
  return { ...about, args, outcome, ...(continued ? { half: 'end' } : {}) };
}

function argumentsOf(text: string): string {
  return splitArguments(text)
    .map((argument) => {
      const [, key, value] = /^([a-z_]\w*): (.*)$/s.exec(argument) ?? [];
      if (value === undefined) return argument;
      const prefix = PREFIXES[key!];
      if (prefix === undefined || !/^[A-Z][A-Z0-9_]*(?:\|[A-Z0-9_]+)*$/.test(value)) return value;
      return value
        .split('|')
        .map((flag) => (/^[A-Z]/.test(flag) && !flag.startsWith(prefix) ? prefix + flag : flag))
        .join('|');
    })
    .join(', ');
}

/** Where `) = ` is, the last one; calls with few arguments are followed by more blanks. -1: nowhere. */
function resultAt(rest: string): number {
  const plain = rest.lastIndexOf(') = ');
  if (plain !== -1) return plain;
  const last = [...rest.matchAll(/\) +=/g)].at(-1);
  return last && rest[last.index + last[0].length] === ' ' ? last.index : -1;
}
