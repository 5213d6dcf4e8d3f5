import type { ExplainHost, ExplainSyscall, VerdictView } from '../../core/documents/explain.ts';
import type { HostIdentity } from '../../core/documents/host.ts';
import { ENGINE_TITLES } from '../../core/linux/engineTitles.ts';
import { callersPhrase } from '../phrases/callers.ts';
import { kernelOptionPhrase, reasonPhrase, rulesPhrases } from '../phrases/reason.ts';
import { fill, item } from './wrap.ts';

function answerText({ action, errno }: Pick<VerdictView, 'action' | 'errno'>): string {
  return errno ?? action.replace('_', ' ');
}

/** `Docker 20.10.5, runc 1.0.0-rc93, libseccomp 2.5.1, Linux 6.18, x86_64`. */
export function stackText(host: HostIdentity): string {
  const title = ENGINE_TITLES[host.engine] ?? host.engine;
  const parts = [host.version === 'none' || host.version === '' ? title : `${title} ${host.version}`];
  if (host.runtime !== 'none') parts.push(`${host.runtime} ${host.runtimeVersion}`);
  if (host.libseccomp !== 'none') parts.push(`libseccomp ${host.libseccomp}`);
  if (host.engine !== 'kernel') parts.push(`Linux ${host.kernel}`);
  return [...parts, host.arch].join(', ');
}

const FIELDS: Readonly<Record<string, string>> = {
  version: 'the version',
  runtime: 'the runtime',
  runtimeVersion: "the runtime's version",
  libseccomp: 'libseccomp',
  kernel: 'the kernel',
  arch: 'the architecture',
  caps: 'the capabilities',
};

function assumedText({ assumed }: HostIdentity): string | undefined {
  const words = assumed.map((field) => FIELDS[field] ?? field);
  if (words.length === 0) return undefined;
  const list = words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
  return `assumed, because not given: ${list}`;
}

/** `explain SYSCALL` for people. */
export function renderSyscall(explanation: ExplainSyscall, width: number): string {
  const { syscall, abi, host, verdict } = explanation;
  const out: string[] = [];
  if (host && verdict) {
    const where = host.arch === abi ? '' : ` (${abi} program)`;
    const exists = explanation.numbers.some((own) => own.abi === abi);
    const answer = exists ? `${answerText(verdict)}, cause: ${verdict.cause}` : `no syscall of ${abi}`;
    out.push(`${syscall} on ${host.expression}${where}: ${answer}`);
    if (exists) out.push(item(reasonPhrase(verdict.reason), width));
    if (exists && verdict.kernelOption !== undefined)
      out.push(item(kernelOptionPhrase(verdict.kernelOption), width));
    if (verdict.alternatives.length > 0) {
      const others = verdict.alternatives.map(answerText).join(' or ');
      out.push(item(`depends on its arguments: otherwise ${others}`, width));
    }
    for (const line of rulesPhrases(verdict.rules ?? [])) out.push(item(line, width));
    const consequence = callersPhrase(explanation.consequence, verdict.errno ?? '');
    if (consequence !== undefined) out.push(item(consequence, width));
    out.push(item(stackText(host), width));
    const assumed = assumedText(host);
    if (assumed !== undefined) out.push(item(assumed, width));
    for (const note of host.notes) out.push(item(note, width));
    out.push('', 'What to do, best first');
    for (const { text, rule } of explanation.advice) {
      out.push(item(`- ${text}`, width));
      if (rule) out.push(`    ${JSON.stringify(rule)}`);
    }
    out.push('');
  } else out.push(syscall);
  out.push(...birthLines(explanation, width), '', ...allowanceLines(explanation, width));
  out.push('', ...callerLines(explanation, width));
  const { weight, why, source } = explanation.danger;
  out.push('', fill(`Danger of allowing it: ${weight} of 10, ${why}`, width, '  '), item(source, width));
  if (explanation.bugs.length > 0) out.push('', 'Reports', ...explanation.bugs.map((link) => `  ${link}`));
  return `${out.join('\n')}\n`;
}

/** The ABIs that people ask about; JSON has them all. */
const USUAL: ReadonlySet<string> = new Set([
  'x86_64',
  'x86',
  'arm',
  'aarch64',
  'riscv64',
  'loongarch64',
  'ppc64le',
  's390x',
  'mips',
]);

function birthLines(
  { kernel, removedIn, numbers, libseccomp }: ExplainSyscall,
  width: number,
): readonly string[] {
  const lines = [kernel === undefined ? 'First kernel: not on record' : `Since Linux ${kernel}`];
  if (removedIn !== undefined) lines.push(`Removed in Linux ${removedIn}`);
  const groups = new Map<string, string[]>();
  for (const { abi, number, kernel: own } of numbers) {
    if (!USUAL.has(abi)) continue;
    const key = own ?? '';
    groups.set(key, [...(groups.get(key) ?? []), `${abi} ${number}`]);
  }
  for (const [own, abis] of groups) {
    const since = own === '' ? '' : own === kernel ? '' : `since ${own}: `;
    lines.push(item(`${since}${abis.join(', ')}`, width));
  }
  if (libseccomp) {
    const last = libseccomp.last === undefined ? '' : `, forgotten after ${libseccomp.last}`;
    lines.push(
      `libseccomp knows the name since ${libseccomp.first}${last}; an older one skips it in silence`,
    );
  } else lines.push('no libseccomp of the tables knows the name');
  return lines;
}

type AllowanceRange = ExplainSyscall['allowedBy'][number];

function stateText(state: AllowanceRange['state']): string {
  switch (state.kind) {
    case 'allowed':
      return 'allowed';
    case 'conditional':
      return 'allowed with some arguments';
    case 'errno':
      return `answered ${state.errno}`;
    case 'capability':
      return `only with ${(state.sets.length > 0 ? state.sets.map((set) => set.join(' and ')) : state.caps).join(' or ')}`;
    case 'unlisted':
      return 'not listed';
  }
}

function rangeText({ from, to, open }: AllowanceRange, isFirst: boolean): string {
  if (open) return isFirst ? 'always' : `since ${from}`;
  return isFirst ? `to ${to}` : from === to ? from : `${from}–${to}`;
}

function allowanceLines(
  { allowedBy, allowedOn, gvisorSince }: ExplainSyscall,
  width: number,
): readonly string[] {
  const lines = [`Default profiles on ${allowedOn} (with the default capabilities)`];
  const engines = [...new Set(allowedBy.map(({ engine }) => engine))];
  for (const engine of engines) {
    const own = allowedBy.filter((range) => range.engine === engine);
    const parts = own.map((range, i) => `${rangeText(range, i === 0)} ${stateText(range.state)}`);
    lines.push(item(`${ENGINE_TITLES[engine]}: ${parts.join('; ')}`, width));
  }
  lines.push(
    item(
      `gVisor: ${gvisorSince === undefined ? 'not implemented' : `implemented since ${gvisorSince}`}`,
      width,
    ),
  );
  return lines;
}

function callerLines({ callers, onErrno }: ExplainSyscall, width: number): readonly string[] {
  if (callers.length === 0) return ['Callers: none on record'];
  const lines = ['Callers'];
  for (const { who, since, when, note } of callers) {
    const parts = [since ? `since ${since}` : '', when ?? '', note ?? ''].filter((part) => part !== '');
    lines.push(item(`${who}${parts.length > 0 ? `: ${parts.join('; ')}` : ''}`, width));
  }
  for (const { errno, callers } of onErrno) {
    const sentence = callersPhrase(callers, errno);
    if (sentence !== undefined) lines.push(item(`On ${errno}: ${sentence}`, width));
  }
  return lines;
}

const DISTRIBUTION_FILE =
  'a distribution may install another profile: /etc/containers/seccomp.json, then /usr/share/containers/seccomp.json, come before the built-in one; name such a file with profile:FILE,engine=podman@VERSION';

/** `explain HOST` for people. */
export function renderHost(
  { host, filter, refused, conditional, breaks }: ExplainHost,
  width: number,
): string {
  const out = [host.expression, item(stackText(host), width)];
  const assumed = assumedText(host);
  if (assumed !== undefined) out.push(item(assumed, width));
  for (const note of host.notes) out.push(item(note, width));
  const ownProfile = host.expression.startsWith('profile:');
  if (!ownProfile && (host.engine === 'podman' || host.engine === 'buildah'))
    out.push(item(DISTRIBUTION_FILE, width));
  if (filter) {
    out.push('', 'Filter', item(`default action: ${filter.defaultAction}`, width));
    for (const { abi, rules, stubAbove } of filter.architectures) {
      const stub = stubAbove === undefined ? 'no ENOSYS stub' : `ENOSYS above ${stubAbove} (runc's stub)`;
      out.push(item(`${abi}: ${rules} syscalls with a rule, ${stub}`, width));
    }
    const caps = filter.capabilities.map((cap) => cap.replace('CAP_', ''));
    out.push(item(`capabilities: ${caps.length === 0 ? 'none' : caps.join(' ')}`, width));
    if (filter.libseccompDate !== undefined) {
      out.push(item(`libseccomp ${host.libseccomp} is of ${filter.libseccompDate}`, width));
    }
    if (filter.skipped.length > 0) {
      out.push(item(`names that this libseccomp skips: ${filter.skipped.join(' ')}`, width));
    }
  }
  if (breaks.length > 0) {
    out.push('', 'Known to break programs here');
    for (const { syscall, errno, callers } of breaks) {
      out.push(item(`${syscall} ${errno}: ${callersPhrase(callers, errno)}`, width));
    }
  }
  for (const [title, group] of groupRefused(refused)) {
    out.push('', `Refused with ${title} on ${host.arch}: ${group.length}`);
    out.push(item(group.map(({ syscall }) => syscall).join(' '), width));
  }
  if (conditional.length > 0) {
    out.push(
      '',
      'Allowed with some arguments only',
      item(conditional.map(({ syscall }) => syscall).join(' '), width),
    );
  }
  if (refused.length === 0) out.push('', `Every syscall of the tables gets through on ${host.arch}.`);
  return `${out.join('\n')}\n`;
}

function groupRefused(
  refused: readonly ExplainHost['refused'][number][],
): readonly (readonly [string, readonly ExplainHost['refused'][number][]])[] {
  const groups = new Map<string, ExplainHost['refused'][number][]>();
  for (const entry of refused) {
    const { verdict } = entry;
    const key = `${answerText(verdict)} (${verdict.cause})`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups];
}
