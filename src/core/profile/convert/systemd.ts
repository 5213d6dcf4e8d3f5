import { fail, ok, type Result } from '../../failure.ts';
import type { Abi } from '../../syscalls/abi.ts';
import { parseArch } from '../../syscalls/arch.ts';
import { errnoName, errnoNumber } from '../errno.ts';
import { ALWAYS, type Profile, type ProfileAction, type ProfileGroup } from '../profile.ts';
import type { Converted } from './documents.ts';
import { effective } from './flatten.ts';

/** systemd's names of architectures where they differ from ours (systemd.exec, SystemCallArchitectures=). */
const ARCH_NAMES: Partial<Record<Abi, string>> = {
  x86_64: 'x86-64',
  aarch64: 'arm64',
  mips: 'mips',
  mipsel: 'mips-le',
};

const nameOfErrno = (value: number): string => errnoName(value) ?? `${value}`;

function wrapped(key: string, prefix: string, names: readonly string[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i < names.length; i += 12) {
    lines.push(`${key}=${prefix}${names.slice(i, i + 12).join(' ')}`);
  }
  return lines;
}

/**
 * SystemCallFilter= and its companions. systemd's list is either of what is allowed or of what is refused: an allow list
 * for profiles that refuse by default, else a deny list. Takes a profile whose conditions are decided.
 */
export function toSystemd(given: Profile): Converted<string> {
  const profile = effective(given);
  const lost: string[] = given.flags.length > 0 ? [`the flags ${given.flags.join(', ')}`] : [];
  const allowsByDefault = profile.defaultAction === 'allow' || profile.defaultAction === 'log';
  if ([profile.defaultAction, ...profile.groups.map(({ action }) => action)].includes('log')) {
    lost.push('the action log: such calls are let through without a record');
  }
  const lines = ['[Service]'];
  const arches = profile.architectures.list ?? [];
  if (arches.length > 0) {
    lines.push(`SystemCallArchitectures=${arches.map((abi) => ARCH_NAMES[abi] ?? abi).join(' ')}`);
  }
  const conditional = profile.groups.filter(({ args }) => args.length > 0);
  const plain = profile.groups.filter(({ args }) => args.length === 0);
  const always = new Set(plain.flatMap(({ names }) => names));
  const partly = new Set(conditional.flatMap(({ names }) => names).filter((name) => !always.has(name)));
  if (partly.size > 0) {
    lost.push(
      `argument conditions: ${[...partly].sort().join(', ')} ${allowsByDefault ? 'stay allowed' : 'are refused'} altogether`,
    );
  }
  if (allowsByDefault) {
    const denied = plain.filter(({ action }) => action !== 'allow' && action !== 'log');
    const entries = denied.flatMap(({ names, action, errnoRet }) =>
      names.map((name) => (action === 'errno' ? `${name}:${nameOfErrno(errnoRet ?? 1)}` : name)),
    );
    lines.push(...wrapped('SystemCallFilter', '~', [...new Set(entries)].sort()));
    const other = new Set(
      denied.map(({ action }) => action).filter((action) => action !== 'errno' && action !== 'kill_process'),
    );
    if (other.size > 0) lost.push(`the actions ${[...other].join(', ')}: systemd kills the process instead`);
  } else {
    const allowed = plain.filter(({ action }) => action === 'allow' || action === 'log');
    lines.push(
      ...wrapped('SystemCallFilter', '', [...new Set(allowed.flatMap(({ names }) => names))].sort()),
    );
    if (profile.defaultAction === 'errno') {
      lines.push(`SystemCallErrorNumber=${nameOfErrno(profile.defaultErrnoRet ?? 1)}`);
    } else if (profile.defaultAction !== 'kill_process') {
      lost.push(`the default action ${profile.defaultAction}: systemd kills the process instead`);
    }
    if (allowed.length === 0) {
      lost.push('that nothing is allowed: without a SystemCallFilter= line systemd filters nothing');
    }
    const special = plain.filter(({ action }) => action !== 'allow' && action !== 'log');
    const byAnswer = new Map<string, string[]>();
    for (const { names, action, errnoRet } of special) {
      const what = action === 'errno' ? nameOfErrno(errnoRet ?? 1) : action;
      byAnswer.set(what, [...(byAnswer.get(what) ?? []), ...names]);
    }
    for (const [what, names] of byAnswer) {
      lost.push(
        `${what} for ${[...new Set(names)].sort().join(', ')}: an allow list has one answer for all that it refuses`,
      );
    }
  }
  return { value: `${lines.join('\n')}\n`, lost };
}

/** Reads SystemCallFilter=, SystemCallErrorNumber= and SystemCallArchitectures= out of a unit. */
export function fromSystemd(text: string): Result<Converted<Profile>> {
  const lost: string[] = [];
  const groups: ProfileGroup[] = [];
  let list: Abi[] | undefined;
  let allowList: boolean | undefined;
  // It counts for every line of the unit, wherever it stands.
  const number = /^\s*SystemCallErrorNumber\s*=\s*(\w+)/m.exec(text)?.[1] ?? '';
  const errno = errnoNumber(number) ?? (/^\d+$/.test(number) ? Number(number) : undefined);
  const allowed = new Set<string>();
  for (const [index, content] of text.replace(/\\\n/g, ' ').split('\n').entries()) {
    const [, key, value = ''] = /^\s*(SystemCall\w+)\s*=\s*(.*?)\s*$/.exec(content) ?? [];
    if (key === 'SystemCallErrorNumber') continue;
    if (key === 'SystemCallArchitectures') {
      list = value.split(/\s+/).flatMap((word) => (word === 'native' ? [] : (parseArch(word) ?? [])));
      if (/\bnative\b/.test(value))
        lost.push("'native' in SystemCallArchitectures=: the profile lists the named ones only");
    } else if (key === 'SystemCallFilter') {
      // An empty assignment takes back what stands before it.
      if (value === '') {
        allowList = undefined;
        allowed.clear();
        groups.length = 0;
        continue;
      }
      const inverted = value.startsWith('~');
      allowList ??= !inverted;
      for (const word of value.replace(/^~/, '').split(/\s+/)) {
        if (word === '') continue;
        const [name = '', answer] = word.split(':');
        if (name.startsWith('@')) {
          lost.push(`the group ${name} (line ${index + 1}): its members depend on the version of systemd`);
        } else if (inverted) {
          if (allowList) allowed.delete(name);
          else groups.push(denial(name, answer, errno));
        } else allowed.add(name);
      }
    } else if (key !== undefined) lost.push(`${key}= (line ${index + 1})`);
  }
  if (allowList === undefined) return fail('input', 'there is no SystemCallFilter= in this text');
  if (allowList) groups.push(group([...allowed], 'allow'));
  const defaultAction: ProfileAction = allowList ? (errno === undefined ? 'kill_process' : 'errno') : 'allow';
  return ok({
    value: {
      defaultAction,
      ...(allowList && errno !== undefined ? { defaultErrnoRet: errno } : {}),
      architectures: { archMap: undefined, list: list && list.length > 0 ? list : undefined },
      groups,
      flags: [],
    },
    lost,
  });
}

function group(names: readonly string[], action: ProfileAction, errnoRet?: number): ProfileGroup {
  return {
    names,
    action,
    ...(errnoRet === undefined ? {} : { errnoRet }),
    args: [],
    includes: ALWAYS,
    excludes: ALWAYS,
  };
}

function denial(name: string, answer: string | undefined, errno: number | undefined): ProfileGroup {
  const value = answer === undefined ? errno : (errnoNumber(answer) ?? (Number(answer) || undefined));
  return value === undefined ? group([name], 'kill_process') : group([name], 'errno', value);
}
