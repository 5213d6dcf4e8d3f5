import { fail, ok, type Result } from '../../failure.ts';
import { ABIS, type Abi } from '../../linux/abi.ts';
import { parseArch } from '../../linux/arch.ts';
import { errnoName, errnoNumber } from '../../linux/errno.ts';
import { ALWAYS, type Profile, type ProfileAction, type ProfileGroup } from '../profile/profile.ts';
import type { Converted } from './documents.ts';
import { effective } from './flatten.ts';

/** systemd's names of architectures where they differ from ours (systemd.exec, SystemCallArchitectures=). */
const ARCH_NAMES: Partial<Record<Abi, string>> = {
  x86_64: 'x86-64',
  aarch64: 'arm64',
  mipsel: 'mips-le',
  mipsel64: 'mips64-le',
  mips64n32: 'mips64-n32',
  mipsel64n32: 'mips64-le-n32',
  ppc64le: 'ppc64-le',
};

/** systemd's name back to ours; other spellings are taken too. */
const archOf = (word: string): Abi | undefined =>
  ABIS.find((abi) => ARCH_NAMES[abi] === word) ?? parseArch(word);

/** The group @default, which every allow list has without naming it (systemd-analyze syscall-filter, 252). */
const DEFAULT_GROUP: readonly string[] = (
  'arch_prctl brk cacheflush clock_getres clock_getres_time64 clock_gettime clock_gettime64 ' +
  'clock_nanosleep clock_nanosleep_time64 execve exit exit_group futex futex_time64 futex_waitv ' +
  'get_robust_list get_thread_area getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups ' +
  'getgroups32 getpgid getpgrp getpid getppid getrandom getresgid getresgid32 getresuid ' +
  'getresuid32 getrlimit getsid gettid gettimeofday getuid getuid32 membarrier mmap mmap2 mprotect ' +
  'munmap nanosleep pause prlimit64 restart_syscall riscv_flush_icache riscv_hwprobe rseq ' +
  'rt_sigreturn sched_getaffinity sched_yield set_robust_list set_thread_area set_tid_address ' +
  'set_tls sigreturn time ugetrlimit uretprobe'
).split(' ');

/** The largest errno that systemd takes. */
const MAX_ERRNO = 4095;

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
    const named = new Set(allowed.flatMap(({ names }) => names));
    const special = plain.filter(({ action }) => action !== 'allow' && action !== 'log');
    // An inverted line with an answer takes effect in an allow list too (measured with 252). It must differ from the default,
    // or libseccomp refuses it and the service does not start.
    const sayable = ({ action }: ProfileGroup): boolean =>
      action === 'errno' || (action === 'kill_process' && profile.defaultAction === 'errno');
    const answered = special
      .filter(sayable)
      .flatMap(({ names, action, errnoRet }) =>
        names.map((name) => `${name}:${action === 'errno' ? nameOfErrno(errnoRet ?? 1) : 'kill'}`),
      );
    const other = special.filter((group) => !sayable(group));
    if (allowed.length > 0) lines.push(...wrapped('SystemCallFilter', '~', [...new Set(answered)].sort()));
    const told = new Set(special.filter(sayable).flatMap(({ names }) => names));
    const granted = DEFAULT_GROUP.filter((name) => !named.has(name) && !told.has(name));
    if (allowed.length > 0 && granted.length > 0) {
      lost.push(`the refusal of ${granted.join(', ')}: systemd allows these in every allow list (@default)`);
    }
    for (const action of new Set(other.map((group) => group.action))) {
      const names = other.filter((group) => group.action === action).flatMap((group) => group.names);
      lost.push(`${action} for ${[...new Set(names)].sort().join(', ')}: they get the default`);
    }
  }
  return { value: `${lines.join('\n')}\n`, lost };
}

/** `SystemCallErrorNumber=` of a unit: the last that systemd takes counts for every line, wherever it stands. */
function errorNumberOf(text: string): number | undefined {
  let errno: number | undefined;
  for (const [, word = ''] of text.matchAll(/^[ \t]*SystemCallErrorNumber[ \t]*=[ \t]*(\w*)/gm)) {
    if (word === '' || word === 'kill') errno = undefined;
    else errno = numberOf(word) || errno;
  }
  return errno;
}

const numberOf = (word: string): number | undefined =>
  errnoNumber(word) ?? (/^\d+$/.test(word) && Number(word) <= MAX_ERRNO ? Number(word) : undefined);

/** Reads SystemCallFilter=, SystemCallErrorNumber= and SystemCallArchitectures= out of a unit. */
export function fromSystemd(text: string): Result<Converted<Profile>> {
  const lost: string[] = [];
  let list: Abi[] | undefined;
  let allowList: boolean | undefined;
  const errno = errorNumberOf(text);
  // What the first line began with: names that are allowed, or names that are refused and how. Later lines of the other kind
  // take names out again, or in an allow list give them an answer of their own (measured with 252).
  const filter = new Map<string, ProfileGroup>();
  for (const [index, content] of text.replace(/\\\n/g, ' ').split('\n').entries()) {
    const [, key, rest = ''] = /^\s*(SystemCall\w+)\s*=(.*)$/s.exec(content) ?? [];
    const value = rest.trim();
    if (key === 'SystemCallErrorNumber') continue;
    if (key === 'SystemCallArchitectures') {
      if (value === '') list = undefined;
      for (const word of value.split(/\s+/)) {
        if (word === '') continue;
        const abi = archOf(word);
        if (abi) list = [...(list ?? []), abi];
        else if (word === 'native') {
          lost.push("'native' in SystemCallArchitectures=: the profile lists the named ones only");
        } else lost.push(`the unknown architecture '${word}' (line ${index + 1})`);
      }
    } else if (key === 'SystemCallFilter') {
      // An empty assignment takes back what stands before it.
      if (value === '') {
        allowList = undefined;
        filter.clear();
        continue;
      }
      const inverted = value.startsWith('~');
      if (allowList === undefined) {
        allowList = !inverted;
        if (allowList) for (const name of DEFAULT_GROUP) filter.set(name, group([name], 'allow'));
      }
      for (const word of value.replace(/^~/, '').split(/\s+/)) {
        if (word === '') continue;
        const [name = '', answer] = word.split(':');
        if (name.startsWith('@')) {
          if (name !== '@default' || inverted || !allowList)
            lost.push(`the group ${name} (line ${index + 1}): its members depend on the version of systemd`);
        } else if (!inverted && answer !== undefined) {
          lost.push(`'${word}' (line ${index + 1}): systemd ignores a name with an errno in an allow list`);
        } else if (inverted === allowList && answer === undefined) filter.delete(name);
        else if (allowList && !inverted) filter.set(name, group([name], 'allow'));
        else {
          const denied = denial(name, answer, errno);
          if (denied) filter.set(name, denied);
          else lost.push(`'${word}' (line ${index + 1}): '${answer}' is no errno, and systemd ignores it`);
        }
      }
    } else if (key !== undefined) lost.push(`${key}= (line ${index + 1})`);
  }
  if (allowList === undefined) return fail('input', 'there is no SystemCallFilter= in this text');
  const defaultAction: ProfileAction = allowList ? (errno === undefined ? 'kill_process' : 'errno') : 'allow';
  return ok({
    value: {
      defaultAction,
      ...(allowList && errno !== undefined ? { defaultErrnoRet: errno } : {}),
      architectures: { archMap: undefined, list },
      groups: allowList ? listed([...filter.values()]) : [...filter.values()],
      flags: [],
    },
    lost,
  });
}

/** An allow list: what the unit names, what it did not need to, and what has an answer of its own. */
function listed(groups: readonly ProfileGroup[]): readonly ProfileGroup[] {
  const names = groups.filter(({ action }) => action === 'allow').flatMap((each) => each.names);
  const implied = names.filter((name) => DEFAULT_GROUP.includes(name));
  const named = names.filter((name) => !DEFAULT_GROUP.includes(name));
  return [
    ...(named.length > 0 ? [group(named, 'allow')] : []),
    ...(implied.length > 0
      ? [{ ...group(implied, 'allow'), comment: 'systemd allows @default in every allow list' }]
      : []),
    ...groups.filter(({ action }) => action !== 'allow'),
  ];
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

function denial(
  name: string,
  answer: string | undefined,
  errno: number | undefined,
): ProfileGroup | undefined {
  const value = answer === undefined ? errno : numberOf(answer);
  if (value !== undefined) return group([name], 'errno', value);
  return answer === undefined || answer === 'kill' ? group([name], 'kill_process') : undefined;
}
