import type { WhyDocument } from '../../core/documents/why.ts';
import { ENGINE_TITLES } from '../../core/linux/engineTitles.ts';
import { list } from './list.ts';

type Candidate = WhyDocument['candidates'][number];
type Evidence = Candidate['evidence'][number];

/** What gives the same message without a refused syscall, by cause of the table of messages. */
export const CAUSES: Readonly<Record<string, string>> = {
  apparmor: 'AppArmor or SELinux denies it',
  arguments: 'an invalid argument',
  capability: 'a missing capability',
  cgroup: 'the cgroup file system',
  cpuset: 'the CPUs that the container may use',
  defect: 'a defect of the program',
  'dev-shm': 'no or too little /dev/shm',
  device: 'a device that the container may not use',
  'disk-full': 'the disk is full',
  'dmesg-restrict': 'the sysctl kernel.dmesg_restrict',
  'docker-socket': 'no access to the Docker daemon',
  emulator: 'an emulator (qemu-user) that lacks the call',
  'exec-format': 'a program for another architecture, or one that is no program',
  'file-capabilities': 'a program with file capabilities that the container does not have',
  'file-ownership':
    'who owns the file, or a file system (NFS, CIFS, a user namespace) that does not allow it',
  'file-permissions': 'file permissions',
  'file-system': 'a file system that does not implement the operation',
  'filter-not-loaded': 'the seccomp profile itself could not be loaded',
  firewall: 'a firewall',
  hardware: 'the hardware',
  'inotify-limit': 'the limit of inotify watches',
  'io-uring-sysctl': 'the sysctl kernel.io_uring_disabled',
  'kernel-version': 'an old kernel, or one that is built without it',
  'key-quota': 'the quota of keys',
  limits: 'a resource limit',
  'masked-path': 'a masked or read-only path below /proc or /sys',
  memlock: 'the limit of locked memory',
  memory: 'too little memory',
  'missing-file': 'a missing file or program',
  'missing-library': 'a missing or too old library',
  network: 'the network',
  'no-new-privs': 'no_new_privs or nosuid',
  'no-terminal': 'no terminal',
  noexec: 'a mount with noexec',
  'not-linked-with-pthread': 'a program that is not linked with libpthread',
  'perf-paranoid': 'the sysctl kernel.perf_event_paranoid',
  'pids-limit': 'the limit of processes and threads',
  processor: 'a processor without the needed instructions',
  program: 'an error in the program or its sources',
  'program-option': 'a missing option of the program',
  'read-only': 'a read-only file system',
  rlimit: 'a resource limit',
  tracer: 'a tracer that is attached already',
  'user-namespaces': 'user namespaces are restricted (sysctl, AppArmor, no entry in /etc/subuid)',
  'userfaultfd-sysctl': 'the sysctl vm.unprivileged_userfaultfd',
  'wrong-clock': 'a wrong clock',
  yama: 'the sysctl kernel.yama.ptrace_scope',
};

/** A cause in words; its id where there are none. */
export function causePhrase(cause: string): string {
  return CAUSES[cause] ?? cause;
}

const withErrno = ({ syscall, errno }: Candidate): string =>
  errno === undefined ? syscall : `${syscall} (${errno})`;

/** The first sentence: what the log says. */
export function conclusionPhrase({ conclusion, candidates, causes, killed }: WhyDocument): string {
  const [best] = candidates;
  switch (conclusion) {
    case 'refused': {
      if (best?.confidence !== 'likely') {
        return `A seccomp filter ended a process with SIGSYS (line ${killed[0]?.line ?? 1}), and nothing here says for which syscall.`;
      }
      const more = candidates.filter(({ confidence }) => confidence === 'likely').length - 1;
      const others = more === 0 ? '' : `, and ${more} more`;
      if (best.basis === 'confirmed')
        return `Refused: ${withErrno(best)}${others}. A record in the log says so.`;
      if (best.basis === 'seen')
        return `Refused: ${withErrno(best)}${others}. A traced call in the log shows it.`;
      return `Likely a refused syscall: ${withErrno(best)}${others}.`;
    }
    case 'perhaps':
      return `Perhaps a refused syscall: ${list(
        candidates.filter(({ confidence }) => confidence === 'possible').map(withErrno),
        'or',
      )}. Other causes give the same message.`;
    case 'other-cause': {
      const [first] = causes;
      return `No refused syscall, as far as the messages say: ${first ? `${causePhrase(first.cause)} (line ${first.line})` : 'another cause'}.`;
    }
    case 'nothing':
      return 'Nothing here points to a refused syscall.';
  }
}

const RECORDS: Readonly<Record<NonNullable<Evidence['record']>, string>> = {
  audit: "the kernel's audit record",
  siginfo: 'the siginfo of SIGSYS',
  trace: 'a traced call',
  registers: 'the registers of a program that died of SIGSYS',
  gvisor: "gVisor's kernel says that it lacks the call",
  emulator: 'the emulator says that it lacks the call',
  'filter-report': 'a program reports what its filter refused',
  killed: 'a process died of SIGSYS',
};

const SURER: Readonly<Record<string, string>> = {
  glibc: 'the log shows a distribution with glibc',
  newglibc: 'the log shows a distribution with glibc 2.34 or later',
  musl: 'the log shows a distribution with musl',
  '32bit': 'the log shows a 32-bit machine',
  gvisor: 'the log shows gVisor',
  wsl1: 'the log shows WSL 1',
};

/** Why the line points to the call: the program and its way to the call, or the record. */
export function evidencePhrase(evidence: Evidence): string {
  const { kind, program, via, record, word, surerWith } = evidence;
  const surer = surerWith === undefined ? '' : `; ${SURER[surerWith] ?? surerWith}`;
  switch (kind) {
    case 'record':
      return `${RECORDS[record ?? 'killed']}${program === undefined ? '' : ` of ${program}`}`;
    case 'message':
      return `a known message of ${program}${via === undefined ? '' : ` (${via})`}${surer}`;
    case 'name':
      return `the line names ${word}${surer}`;
    case 'errno':
      return 'only the error is known: these are the calls that new libraries make and old hosts refuse';
  }
}

type Range = Candidate['refused'][number];

function rangePhrase({ from, to, open }: Range, isFirst: boolean): string {
  if (open) return isFirst ? 'all versions' : `since ${from}`;
  return isFirst ? `to ${to}` : from === to ? from : `${from} to ${to}`;
}

/** `Docker to 20.10.9 (EPERM), since 20.10.10 (ENOSYS); Podman to 3.4.0 (EPERM)`; undefined where nobody refuses it. */
export function refusersPhrase(candidate: Candidate): string | undefined {
  const { refused, errno } = candidate;
  const engines = [...new Set(refused.map(({ engine }) => engine))];
  // With a known errno, who gives another one is not who refused this call.
  const fitting = refused.filter(({ answer }) => errno === undefined || answer === errno);
  const shown = fitting.length > 0 ? fitting : refused;
  const parts = engines.flatMap((engine) => {
    const own = shown.filter((range) => range.engine === engine);
    if (own.length === 0) return [];
    const words = own.map((range, i) => {
      const isFirst = i === 0 && refused.find((one) => one.engine === engine) === range;
      const some = range.conditional ? ' for some arguments' : '';
      return `${rangePhrase(range, isFirst)} (${range.answer}${some})`;
    });
    return [`${ENGINE_TITLES[engine] ?? engine} ${words.join(', ')}`];
  });
  return parts.length === 0 ? undefined : parts.join('; ');
}

/** `Docker 20.10.10 (returns ENOSYS), Podman 3.4.1`; undefined where nothing is fixed. */
export function fixedPhrase({ fixed }: Candidate): string | undefined {
  const parts = fixed.map(
    ({ engine, since, answer }) =>
      `${ENGINE_TITLES[engine] ?? engine} ${since}${answer === 'ENOSYS' ? ' (returns ENOSYS: callers fall back)' : ''}`,
  );
  return parts.length === 0 ? undefined : list(parts);
}

/** What the host of the log does with the call. */
export function onHostPhrase({ onHost, syscall }: Candidate): string | undefined {
  if (!onHost) return undefined;
  const { host, answer, conditional, assumed } = onHost;
  const what =
    answer === 'allow'
      ? `allows ${syscall}`
      : conditional
        ? `returns ${answer} to some arguments of ${syscall}`
        : `returns ${answer} to ${syscall}`;
  const guessed = assumed.length === 0 ? '' : ` (assumed: ${assumed.join(', ')})`;
  return `${host}, where the log is from, ${what}${guessed}.`;
}

/** The command that would confirm it. */
export function confirmPhrase({ confirm }: Candidate): string | undefined {
  if (!confirm) return undefined;
  const command =
    confirm.command === undefined ? 'COMMAND' : `sh -c '${confirm.command.replaceAll("'", "'\\''")}'`;
  return `trace-build run --on ${confirm.host} -- ${command}`;
}
