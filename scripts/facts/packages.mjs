import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const run = (program, args, input) =>
  spawnSync(program, args, { encoding: 'utf8', input, maxBuffer: 1 << 26 });
const packageVersion = (name) => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own format
  const asked = run('dpkg-query', ['-W', '-f', '${Version}', name]);
  return asked.status === 0 ? asked.stdout : undefined;
};

export function checkPackages(facts, report) {
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-facts-'));
  try {
    checkLibseccomp(facts, report, folder);
    checkHeaders(facts, report);
    checkContainers(facts, report);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Debian's libseccomp 2.5.4-1+deb12u1 has the table of 2.5.5; other packages are compared with their own release. */
const BEHAVES_AS = [[/^2\.5\.4-1\+deb12u/, '2.5.5']];

const RESOLVER = `
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
int main(void) {
  char arch[32], name[64];
  while (scanf("%31s %63s", arch, name) == 2)
    printf("%d\\n", seccomp_syscall_resolve_name_arch(seccomp_arch_resolve_name(arch), name));
  return 0;
}
`;
/** Our column names where libseccomp's resolver spells them otherwise. */
const ARCH_NAMES = { x86: 'x86', mips64n32: 'mips64n32' };
const UNKNOWN = -1;

/** Every name on every architecture, asked of the installed library. */
function checkLibseccomp(facts, { problem, done, skipped }, folder) {
  const version = packageVersion('libseccomp-dev');
  if (version === undefined) return skipped('libseccomp-dev is not installed');
  const source = join(folder, 'resolver.c');
  const program = join(folder, 'resolver');
  writeFileSync(source, RESOLVER);
  const built = run('cc', ['-o', program, source, '-lseccomp']);
  if (built.status !== 0) return skipped('no C compiler for libseccomp-dev');

  const { releases, names, nums, since, until, gaps, archSince, abiBase, multiplexed } = facts('libseccomp');
  const release = BEHAVES_AS.find(([pattern]) => pattern.test(version))?.[1] ?? /^[\d.]+/.exec(version)[0];
  const order = new Map(releases.map(({ v }, i) => [v, i]));
  const at = order.get(release);
  if (at === undefined) return skipped(`libseccomp ${version} is not in the tables`);
  const reached = (first) => first !== undefined && at >= order.get(first);
  const arches = Object.keys(nums).filter((arch) => reached(archSince[arch]));
  const questions = arches.flatMap((arch) => Object.keys(names).map((name) => [arch, name]));
  const asked = run(
    program,
    [],
    questions.map(([arch, name]) => `${ARCH_NAMES[arch] ?? arch} ${name}`).join('\n'),
  );
  const answers = asked.stdout.trim().split('\n').map(Number);

  let wrong = 0;
  for (const [i, [arch, name]] of questions.entries()) {
    const known = reached(names[name][0]) && (names[name][1] === null || at <= order.get(names[name][1]));
    const listed = (multiplexed.arches[arch] ?? []).filter(([first]) => reached(first)).at(-1)?.[1] ?? [];
    const number = nums[arch][name];
    const direct =
      known &&
      number !== undefined &&
      (since[arch]?.[name] === undefined || reached(since[arch][name])) &&
      !reached(until[arch]?.[name]) &&
      !gaps.some(([a, n, list]) => a === arch && n === name && list.includes(release));
    const answer = answers[i];
    const right = !known
      ? answer === UNKNOWN
      : listed.includes(name) || !direct
        ? answer < UNKNOWN
        : answer === number + (abiBase[arch] ?? 0);
    if (right) continue;
    wrong += 1;
    if (wrong <= 20)
      problem(
        `libseccomp ${version}: ${name} on ${arch} is ${answer}, in the tables ${direct ? number : 'none'}`,
      );
  }
  return done(`libseccomp ${version} as ${release}: ${questions.length} cells, ${wrong} differences`);
}

/** `__NR_` numbers of the installed kernel headers, for the ABIs that this compiler has. */
function checkHeaders(facts, { problem, done, skipped }) {
  const version = packageVersion('linux-libc-dev');
  if (version === undefined) return skipped('linux-libc-dev is not installed');
  const native = { x64: 'x86_64', arm64: 'aarch64', riscv64: 'riscv64', s390x: 's390x', ppc64: 'ppc64' }[
    process.arch
  ];
  const abis =
    native === 'x86_64'
      ? [
          ['x86_64', '-m64'],
          ['x86', '-m32'],
          ['x32', '-mx32'],
        ]
      : [[native]];
  const { columns, rows } = facts('syscalls');
  const byName = new Map(rows.map((row) => [row[0], row]));
  for (const [abi, ...flags] of abis) {
    const ran = run('cc', ['-E', '-dM', ...flags, '-'], '#include <asm/unistd.h>\n');
    if (abi === undefined || ran.status !== 0) {
      skipped(`no headers for ${abi}`);
      continue;
    }
    const index = columns.indexOf(abi);
    let count = 0;
    for (const [, name, value] of ran.stdout.matchAll(/^#define __NR_(\w+) (.*)$/gm)) {
      const number = /(\d+)\)?$/.exec(value)?.[1];
      if (number === undefined || name === 'syscalls') continue;
      count += 1;
      const ours = byName.get(name)?.[index];
      // x32's table of libseccomp leaves out what glibc alone lists.
      if (ours === undefined || (ours === null && abi === 'x32')) continue;
      if (ours !== Number(number))
        problem(`linux-libc-dev ${version}: ${name} on ${abi} is ${number}, in the tables ${ours}`);
    }
    done(`linux-libc-dev ${version}: ${count} numbers of ${abi}`);
  }
  return undefined;
}

/** The profile that Debian's containers-common installs, against the entry of its version. */
function checkContainers(facts, { problem, done, skipped }) {
  const file = '/usr/share/containers/seccomp.json';
  const version = packageVersion('golang-github-containers-common');
  if (version === undefined || !existsSync(file)) return skipped('containers-common is not installed');
  const { versions } = facts('containers-default-profile');
  const tag = `v${/^[\d.]+/.exec(version)[0]}`;
  const entry = versions.find(({ use }) => use['containers/common']?.includes(tag));
  if (!entry) return skipped(`containers/common ${tag} is not in the tables`);

  const ours = new Set();
  const chain = [];
  for (let at = entry; at; at = versions.find(({ id }) => id === at.base)) chain.unshift(at);
  for (const { delta } of chain) {
    for (const { when, add = [], del = [] } of delta) {
      for (const name of add) ours.add(`${wordsOf(when)} ${name}`);
      for (const name of del) ours.delete(`${wordsOf(when)} ${name}`);
    }
  }
  const theirs = new Set();
  for (const { names, action, args, includes, excludes, errnoRet } of JSON.parse(readFileSync(file, 'utf8'))
    .syscalls) {
    const when = {
      action: action.replace('SCMP_ACT_', ''),
      errnoRet,
      args: (args ?? []).map(({ index, value, valueTwo, op }) => [
        index,
        value,
        valueTwo,
        op.replace('SCMP_CMP_', ''),
      ]),
      includes,
      excludes,
    };
    for (const name of names) theirs.add(`${wordsOf(when)} ${name}`);
  }
  for (const rule of theirs)
    if (!ours.has(rule)) problem(`containers-common ${version}: has ${rule}, ${entry.id} does not`);
  for (const rule of ours)
    if (!theirs.has(rule)) problem(`containers-common ${version}: lacks ${rule} of ${entry.id}`);
  return done(`containers-common ${version} as ${entry.id}: ${theirs.size} rules`);
}

/** One text for the conditions of a group, however they are written. */
function wordsOf({ action, errnoRet, args = [], includes = {}, excludes = {} }) {
  const part = ({ arches, caps, minKernel } = {}) =>
    [[...(arches ?? [])].sort(), [...(caps ?? [])].sort(), minKernel ?? ''].map(String).join('/');
  const errno = action === 'ERRNO' ? (errnoRet ?? 1) : '';
  return [action, errno, args.map(String).join('&'), part(includes), part(excludes)].join(' ');
}
