import { fail, ok, type Result } from '../../failure.ts';
import { errnoName, errnoNumber } from '../errno.ts';
import type { Condition, Operator } from '../policy.ts';
import { ALWAYS, type Profile, type ProfileAction, type ProfileGroup } from '../profile.ts';
import type { Converted } from './documents.ts';
import { effective } from './flatten.ts';

const SIGNS = { EQ: '==', NE: '!=', LT: '<', LE: '<=', GE: '>=', GT: '>' } as const;
const ALL = (1n << 64n) - 1n;
const hex = (value: bigint): string => `0x${value.toString(16)}`;
const answerOf = (value: number): string => `return ${errnoName(value) ?? value}`;

/** One comparison, or undefined where minijail has no word for it. `in` asks that no other bit is set, `&` that one is. */
function atom({ index, op, value, valueTwo }: Condition): string | undefined {
  if (op !== 'MASKED_EQ') return `arg${index} ${SIGNS[op]} ${hex(value)}`;
  if (valueTwo === 0n) return `arg${index} in ${hex(~value & ALL)}`;
  const oneBit = value === valueTwo && (value & (value - 1n)) === 0n;
  if (oneBit) return `arg${index} & ${hex(value)}`;
  return value === ALL ? `arg${index} == ${hex(valueTwo)}` : undefined;
}

/** Conditions that look twice at one argument are alternatives, as runtimes take them. */
function expression(args: readonly Condition[]): string | undefined {
  const distinct = new Set(args.map(({ index }) => index)).size === args.length;
  const atoms = args.map(atom);
  return atoms.includes(undefined) ? undefined : atoms.join(distinct ? ' && ' : ' || ');
}

/** A minijail policy. Takes a profile whose conditions are decided; a policy is for one architecture. */
export function toMinijail(given: Profile): Converted<string> {
  const profile = effective(given);
  const lost: string[] = given.flags.length > 0 ? [`the flags ${given.flags.join(', ')}`] : [];
  const list = profile.architectures.list ?? [];
  if (list.length > 1)
    lost.push(`architectures besides ${list[0]}: a policy is compiled for one, others are killed`);
  const errno = profile.defaultErrnoRet ?? 1;
  if (profile.defaultAction === 'errno') {
    lost.push(
      `the default ${errnoName(errno) ?? errno}: minijail kills what no line names; compile with compile_seccomp_policy.py --default-action ret-errno if you need it`,
    );
  } else if (!profile.defaultAction.startsWith('kill'))
    lost.push(`the default action ${profile.defaultAction}`);
  const byName = new Map<string, ProfileGroup[]>();
  for (const each of profile.groups) {
    for (const name of each.names) byName.set(name, [...(byName.get(name) ?? []), each]);
  }
  const lines: string[] = [];
  for (const name of [...byName.keys()].sort()) {
    const groups = byName.get(name)!;
    const plain = groups.find(({ args }) => args.length === 0);
    if (plain) {
      if (plain.action === 'allow') lines.push(`${name}: 1`);
      else if (plain.action === 'errno') lines.push(`${name}: ${answerOf(plain.errnoRet ?? 1)}`);
      else if (plain.action === 'kill_thread' || plain.action === 'kill_process') lines.push(`${name}: kill`);
      else if (plain.action === 'trap' || plain.action === 'trace' || plain.action === 'log')
        lines.push(`${name}: ${plain.action}`);
      else lost.push(`${plain.action} for ${name}`);
      continue;
    }
    const allowed = groups.filter(({ action }) => action === 'allow');
    const expressions = allowed.map(({ args }) => expression(args));
    if (allowed.length < groups.length) {
      lost.push(
        `answers for some arguments of ${name} other than allow: what is not allowed there gets the default`,
      );
    }
    const sayable = expressions.filter((each) => each !== undefined);
    if (sayable.length < expressions.length) {
      lost.push(`a masked comparison of ${name} that minijail cannot say: those arguments are refused`);
    }
    if (sayable.length === 0) continue;
    const otherwise = profile.defaultAction === 'errno' ? `; ${answerOf(errno)}` : '';
    lines.push(`${name}: ${sayable.join(' || ')}${otherwise}`);
  }
  return { value: `${lines.join('\n')}\n`, lost };
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  '==': 'EQ',
  '!=': 'NE',
  '<': 'LT',
  '<=': 'LE',
  '>=': 'GE',
  '>': 'GT',
};

function conditionOf(text: string): Condition | undefined {
  const [, index, sign, value] =
    /^arg([0-5])\s*(==|!=|<=|>=|<|>|&|in)\s*(~?(?:0x[0-9a-fA-F]+|\d+))$/.exec(text.trim()) ?? [];
  if (index === undefined || sign === undefined || value === undefined) return undefined;
  const plain = BigInt(value.replace('~', ''));
  const number = value.startsWith('~') ? ~plain & ALL : plain;
  const at = Number(index);
  if (sign === 'in') return { index: at, op: 'MASKED_EQ', value: ~number & ALL, valueTwo: 0n };
  // Any bit of several: only one bit can be said with a comparison.
  if (sign === '&') {
    return (number & (number - 1n)) === 0n
      ? { index: at, op: 'MASKED_EQ', value: number, valueTwo: number }
      : undefined;
  }
  return { index: at, op: OPERATORS[sign]!, value: number, valueTwo: 0n };
}

/** Reads a minijail policy. Named constants (`PROT_EXEC`) are not known and said to be lost. */
export function fromMinijail(text: string): Result<Converted<Profile>> {
  const lost: string[] = [];
  const groups: ProfileGroup[] = [];
  const add = (
    name: string,
    action: ProfileAction,
    args: readonly Condition[] = [],
    errnoRet?: number,
  ): void => {
    groups.push({
      names: [name],
      action,
      ...(errnoRet === undefined ? {} : { errnoRet }),
      args,
      includes: ALWAYS,
      excludes: ALWAYS,
    });
  };
  for (const [index, content] of text.replace(/\\\n/g, ' ').split('\n').entries()) {
    const line = content.replace(/#.*/, '').trim();
    if (line === '') continue;
    if (line.startsWith('@')) {
      lost.push(`${line} (line ${index + 1})`);
      continue;
    }
    const [, name, body] = /^([a-z_0-9]+)(?:\[[^\]]*\])?\s*:\s*(.*)$/i.exec(line) ?? [];
    if (name === undefined || body === undefined) {
      return fail('input', `'${line}' is not 'syscall: rule'`, { where: { line: index + 1 } });
    }
    const [first = '', last] = body.split(';').map((part) => part.trim());
    const errno = /^return (\w+)$/.exec(last ?? first)?.[1];
    const value = errno === undefined ? undefined : (errnoNumber(errno) ?? (Number(errno) || undefined));
    if (first === '1' || first === 'allow') add(name, 'allow');
    else if (first.startsWith('return ')) add(name, 'errno', [], value ?? 1);
    else if (/^(?:kill|kill-process|kill-thread)$/.test(first))
      add(name, first === 'kill-process' ? 'kill_process' : 'kill_thread');
    else if (first === 'trap' || first === 'trace' || first === 'log') add(name, first);
    else {
      for (const alternative of first.split('||')) {
        const conditions = alternative.split('&&').map(conditionOf);
        if (conditions.includes(undefined))
          lost.push(`'${alternative.trim()}' for ${name} (line ${index + 1})`);
        else add(name, 'allow', conditions as Condition[]);
      }
      if (value !== undefined)
        lost.push(
          `${answerOf(value)} for other arguments of ${name} (line ${index + 1}): they get the default`,
        );
    }
  }
  return ok({
    value: {
      defaultAction: 'kill_thread',
      architectures: { archMap: undefined, list: undefined },
      groups,
      flags: [],
    },
    lost,
  });
}
