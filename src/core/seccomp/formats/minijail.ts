import { fail, ok, type Result } from '../../failure.ts';
import { abiInfo } from '../../linux/abi.ts';
import { parseArch } from '../../linux/arch.ts';
import { errnoName, errnoNumber } from '../../linux/errno.ts';
import type { Condition, Operator } from '../profile/policy.ts';
import {
  ALWAYS,
  type Profile,
  type ProfileAction,
  type ProfileGroup,
  type Requirement,
} from '../profile/profile.ts';
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
      `the default ${errnoName(errno) ?? errno}: minijail kills what no line allows; compile with compile_seccomp_policy.py --default-action 'return ${errno}' if you need it`,
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
    // No `; return`: minijail0 answers it where the comparison fails, compile_seccomp_policy.py where it holds.
    lines.push(`${name}: ${sayable.join(' || ')}`);
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

/** A value as minijail reads it: C's numbers, `~`, parentheses, `|`. Undefined for names and for what 64 bits do not hold. */
function constantOf(text: string): bigint | undefined {
  const flat = text.replace(/[()]/g, ' ').trim();
  // Without names there is nothing to say about what stands in the parentheses of a complement.
  if (/~\s*\([^()|]*\|/.test(text)) return undefined;
  let value = 0n;
  for (const part of flat.split('|')) {
    const [, not, minus, digits] = /^(~?)\s*(-?)(0x[0-9a-f]+|\d+)$/i.exec(part.trim()) ?? [];
    if (digits === undefined) return undefined;
    const plain = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
    if (plain > ALL) return undefined;
    const number = minus ? -plain & ALL : plain;
    value |= not ? ~number & ALL : number;
  }
  return value;
}

/** One comparison; 'never' for one that no value fulfils. */
function conditionOf(text: string): Condition | 'never' | undefined {
  const [, index, sign, value = ''] =
    /^arg([0-5])\s*(==|!=|<=|>=|<|>|&|in\b)\s*(\S.*)$/s.exec(text.trim()) ?? [];
  const number = constantOf(value);
  if (index === undefined || sign === undefined || number === undefined) return undefined;
  const at = Number(index);
  if (sign === 'in') return { index: at, op: 'MASKED_EQ', value: ~number & ALL, valueTwo: 0n };
  if (sign === '&') {
    if (number === 0n) return 'never';
    // Any bit of several: only one bit can be said with a comparison.
    return (number & (number - 1n)) === 0n
      ? { index: at, op: 'MASKED_EQ', value: number, valueTwo: number }
      : undefined;
  }
  return { index: at, op: OPERATORS[sign]!, value: number, valueTwo: 0n };
}

/** The comparisons of one alternative, all of which must hold; undefined where a profile cannot say so. */
function conditionsOf(text: string): readonly Condition[] | 'never' | undefined {
  const found = text.split('&&').map(conditionOf);
  if (found.includes(undefined)) return undefined;
  if (found.includes('never')) return 'never';
  const conditions = found as Condition[];
  // Runtimes take two comparisons of one argument for alternatives: the rule would allow more than the policy.
  return new Set(conditions.map(({ index }) => index)).size === conditions.length ? conditions : undefined;
}

const DEFAULTS: Readonly<Record<string, ProfileAction>> = {
  kill: 'kill_thread',
  'kill-thread': 'kill_thread',
  'kill-process': 'kill_process',
  trap: 'trap',
};

/** `arch=x86_64,arm64` of a name's metadata, as the condition of a group. */
function requirementOf(metadata: string | undefined): Requirement | undefined {
  if (metadata === undefined) return ALWAYS;
  const words = /^\s*arch\s*=(.*)$/.exec(metadata)?.[1]?.split(',') ?? [];
  const arches = words.map((word) => parseArch(word));
  if (arches.length === 0 || arches.includes(undefined)) return undefined;
  return { arches: arches.map((abi) => abiInfo(abi!).goSeccomp), caps: [] };
}

/** Reads a minijail policy. Named constants (`PROT_EXEC`) are not known and said to be lost. */
export function fromMinijail(text: string): Result<Converted<Profile>> {
  const lost: string[] = [];
  const groups: ProfileGroup[] = [];
  let defaultAction: ProfileAction = 'kill_thread';
  for (const [index, content] of text.replace(/\\\n/g, ' ').split('\n').entries()) {
    const line = content.replace(/#.*/, '').trim();
    if (line === '') continue;
    const where = `(line ${index + 1})`;
    if (line.startsWith('@')) {
      const named = DEFAULTS[/^@default\s+(\S+)$/.exec(line)?.[1] ?? ''];
      if (line === '@denylist') defaultAction = 'allow';
      else if (named) defaultAction = named;
      else if (!line.startsWith('@frequency')) lost.push(`${line} ${where}`);
      continue;
    }
    const [, several, single, rest] =
      /^(?:\{([^}]*)\}|([a-z_]\w*(?:\[[^\]]*\])?))\s*:(.*)$/is.exec(line) ?? [];
    const body = rest?.trim();
    const words = (several ?? single)?.match(/[^\s,[\]]+(?:\[[^\]]*\])?/g) ?? [];
    if (body === undefined || words.length === 0) {
      return fail('input', `'${line}' is not 'syscall: rule'`, { where: { line: index + 1 } });
    }
    const names = words.flatMap((word) => {
      const [, name = word, metadata] = /^(\w+)(?:\[(.*)\])?$/.exec(word) ?? [];
      const includes = /^\w+$/.test(name) ? requirementOf(metadata) : undefined;
      if (!includes) lost.push(`'${word}' ${where}`);
      return includes ? [{ name, includes }] : [];
    });
    const add = (action: ProfileAction, args: readonly Condition[] = [], errnoRet?: number): void => {
      const errno = errnoRet === undefined ? {} : { errnoRet };
      for (const { name, includes } of names)
        groups.push({ names: [name], action, ...errno, args, includes, excludes: ALWAYS });
    };
    const whom = words.join(', ');
    const [first = '', last] = body.split(';').map((part) => part.trim());
    const word = /^return\s+(\w+)$/.exec(last ?? first)?.[1];
    const errno = word === undefined ? undefined : (errnoNumber(word) ?? numberOf(word));
    if (first === '1' || first === 'allow') add('allow');
    else if (first.startsWith('return')) {
      if (errno === undefined) lost.push(`'${first}' for ${whom} ${where}: that is no errno`);
      else add('errno', [], errno);
    } else if (/^(?:kill|kill-process|kill-thread)$/.test(first))
      add(first === 'kill-process' ? 'kill_process' : 'kill_thread');
    else if (first === 'trap' || first === 'trace' || first === 'log') add(first);
    else if (!first.startsWith('arg')) lost.push(`'${body}' for ${whom} ${where}`);
    else if (defaultAction === 'allow') {
      lost.push(`'${body}' for ${whom} ${where}: arguments in a list of what is refused`);
    } else {
      for (const alternative of first.split('||')) {
        const conditions = conditionsOf(alternative);
        if (conditions === undefined) lost.push(`'${alternative.trim()}' for ${whom} ${where}`);
        else if (conditions !== 'never') add('allow', conditions);
      }
      if (last !== undefined) {
        const answer = errno === undefined ? last : answerOf(errno);
        lost.push(
          `${answer} for other arguments of ${whom} ${where}: they get the default. That is minijail0's reading; compile_seccomp_policy.py answers it to these arguments instead`,
        );
      }
    }
  }
  if (text.split('\n').every((line) => line.replace(/#.*/, '').trim() === ''))
    return fail('input', 'there is no rule in this text');
  return ok({
    value: { defaultAction, architectures: { archMap: undefined, list: undefined }, groups, flags: [] },
    lost,
  });
}

function numberOf(word: string): number | undefined {
  const value = constantOf(word);
  return value !== undefined && value < 4096n ? Number(value) : undefined;
}
