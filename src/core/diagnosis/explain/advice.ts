import type { HostModel } from '../../hosts/host.ts';
import { compareVersions, version } from '../../hosts/version.ts';
import type { Abi } from '../../linux/abi.ts';
import { fallsBackOn } from '../../linux/callers.ts';
import { ENGINE_TITLES } from '../../linux/engineTitles.ts';
import { kernelText } from '../../linux/kernel.ts';
import { kernelOf, syscallNumber } from '../../linux/numbers.ts';
import { danger } from '../../linux/risk.ts';
import type { AllowanceRange } from './allowance.ts';
import { letsThrough, type VerdictView } from './verdict.ts';

/** One thing to do; they stand in order of preference. */
export interface Advice {
  readonly kind: 'nothing' | 'upgrade' | 'enosys' | 'allow' | 'never';
  readonly text: string;
  /** Of an upgrade that does not let the call through, but answers so. */
  readonly answers?: 'ENOSYS';
  /** Of an upgrade: the first version that is enough, of the line of releases in use where that has one. */
  readonly to?: { readonly product: string; readonly version: string };
  /** An entry for `syscalls` of a Docker or OCI profile. */
  readonly rule?: Readonly<Record<string, unknown>>;
}

export interface Question {
  readonly name: string;
  readonly abi: Abi;
  readonly host: HostModel;
  readonly verdict: VerdictView;
  readonly ranges: readonly AllowanceRange[];
  /** First libseccomp release that knows the name. */
  readonly libseccomp: string | undefined;
  /** First version of the host's engine that passes errnoRet on to the runtime; undefined where it is none of the tables. */
  readonly errnoRetSince: string | undefined;
  /** First gVisor day on which it is implemented. */
  readonly gvisor: string | undefined;
}

const NEVER: Advice = {
  kind: 'never',
  text: 'never --privileged or seccomp=unconfined: they lift every limit for the sake of one call',
};

/** Upgrade, answer ENOSYS, allow: in that order, as far as each applies. */
export function advise(question: Question): readonly Advice[] {
  const { name, host, verdict } = question;
  const { engine } = host.identity;
  if (letsThrough(verdict)) {
    if (syscallNumber(name, question.abi) === undefined) {
      const { abi } = question;
      return [
        { kind: 'nothing', text: `nothing to do: ${abi} has no ${name}, so no program makes it there` },
      ];
    }
    if (!verdict.conditional) return [{ kind: 'nothing', text: `nothing to do: ${name} gets through here` }];
    return [
      { kind: 'nothing', text: `${name} gets through with some arguments only; see the condition above` },
    ];
  }
  if (engine === 'gvisor') return [...upgradeGvisor(question), NEVER];
  if (verdict.cause === 'kernel') return upgradeKernel(question);
  const upgrades = upgradeEngine(question);
  // A rule for it is there already and was skipped: another one would be skipped as well.
  if (upgrades.some(({ skips }) => skips))
    return [...upgrades.map(({ advice }) => advice), ...alreadyEnosys(question), NEVER];
  return [
    ...upgrades.map(({ advice }) => advice),
    ...alreadyEnosys(question),
    ...answerEnosys(question),
    ...allow(question),
    NEVER,
  ];
}

function upgradeGvisor({ name, gvisor }: Question): readonly Advice[] {
  const text =
    gvisor === undefined
      ? `no release of gVisor in the tables implements ${name}; run this step outside gVisor`
      : `upgrade runsc to a release of ${gvisor} or later, which implements ${name}`;
  return [
    {
      kind: 'upgrade',
      ...(gvisor === undefined ? {} : { to: { product: 'gVisor', version: gvisor } }),
      text,
    },
  ];
}

function upgradeKernel({ name, abi }: Question): readonly Advice[] {
  const first = kernelOf(name, abi);
  const advice: Advice[] = [];
  if (fallsBackOn(name, 'ENOSYS') === 'all') {
    advice.push({ kind: 'nothing', text: 'ENOSYS is what the known callers expect: they take another way' });
  }
  if (first)
    advice.push({
      kind: 'upgrade',
      to: { product: 'Linux', version: kernelText(first) },
      text: `run a kernel of ${kernelText(first)} or later; no profile can help`,
    });
  return advice;
}

/** `skips`: the profile allows it, but libseccomp does not know the name. */
function upgradeEngine({
  name,
  abi,
  host,
  ranges,
  libseccomp,
  verdict,
}: Question): readonly { readonly advice: Advice; readonly skips?: boolean }[] {
  const { engine, version: at, libseccomp: has, runtime, runtimeVersion } = host.identity;
  const title = ENGINE_TITLES[engine];
  if (title === undefined) return [];
  const here = version(at);
  const own = ranges.filter((range) => range.engine === engine);
  const now = own.find(
    ({ from, to }) => compareVersions(version(from), here) <= 0 && compareVersions(here, version(to)) <= 0,
  );
  const listed = now?.state.kind === 'allowed' || now?.state.kind === 'conditional';
  const skipped = libseccomp !== undefined && host.policy?.skipped.includes(name);
  if (listed && skipped) {
    const binary = runtime === 'runc' ? ` (or a ${runtime} binary that brings it)` : '';
    const text = `upgrade libseccomp from ${has} to ${libseccomp} or later${binary}: the profile allows ${name}, but this libseccomp skips the name`;
    return [
      { advice: { kind: 'upgrade', to: { product: 'libseccomp', version: libseccomp }, text }, skips: true },
    ];
  }
  const better = own.filter(
    ({ from, state }) =>
      compareVersions(version(from), here) > 0 && (state.kind === 'allowed' || state.kind === 'conditional'),
  );
  const [line] = better.filter(({ from }) => sameLine(from, at));
  // What the newest versions refuse again (io_uring of Docker, clone3 of CRI-O) is no reason to go to an old one.
  const first = better.some(({ open }) => open) ? (line ?? better[0]) : undefined;
  const advice: Advice[] = [];
  if (first) {
    const also = better.find(({ from, open }) => open && from !== first.from);
    const other = also ? `, or to ${also.from} or later` : '';
    const until = first.open || also ? ' or later' : first.to === first.from ? '' : ` up to ${first.to}`;
    const needs =
      libseccomp === undefined ? '' : ` (with libseccomp ${libseccomp} or later, which knows the name)`;
    const part = also && !first.open ? '' : until;
    advice.push({
      kind: 'upgrade',
      to: { product: title, version: first.from },
      text: `upgrade ${title} from ${at} to ${first.from}${part}${other}, whose profile allows ${name}${needs}`,
    });
  } else {
    const silent = ({ state }: AllowanceRange) => state.kind === 'errno' && state.errno === 'ENOSYS';
    const enosys = own.find((range) => compareVersions(version(range.from), here) > 0 && silent(range));
    if (enosys && own.some((range) => range.open && silent(range)) && verdict.errno !== 'ENOSYS') {
      advice.push({
        kind: 'upgrade',
        answers: 'ENOSYS',
        to: { product: title, version: enosys.from },
        text: `upgrade ${title} from ${at} to ${enosys.from} or later, which answers ENOSYS to ${name}, so that callers take another way`,
      });
    }
  }
  if (
    advice.length === 0 &&
    runtime === 'runc' &&
    verdict.cause === 'default' &&
    /-rc(?:\d|8\d|9[0-2])\b/.test(runtimeVersion) &&
    isAboveAll(name, abi, host)
  ) {
    advice.push({
      kind: 'upgrade',
      answers: 'ENOSYS',
      to: { product: 'runc', version: '1.0.0-rc93' },
      text: `upgrade runc from ${runtimeVersion} to 1.0.0-rc93 or later, which answers ENOSYS above the largest known number`,
    });
  }
  return advice.map((each) => ({ advice: each }));
}

/** runc's stub answers for numbers above the largest of the profile only. */
function isAboveAll(name: string, abi: Abi, { policy }: HostModel): boolean {
  const number = syscallNumber(name, abi);
  const listed = policy?.abis.find((section) => section.abi === abi)?.rules.keys() ?? [];
  return number !== undefined && [...listed].every((each) => each < number);
}

/** 20.10.5 and 20.10.10; from Docker 17 on the first two numbers are the line. */
function sameLine(a: string, b: string): boolean {
  const [x, y] = [version(a).numbers, version(b).numbers];
  return x[0] === y[0] && x[1] === y[1];
}

function alreadyEnosys({ name, verdict }: Question): readonly Advice[] {
  if (verdict.errno !== 'ENOSYS' || fallsBackOn(name, 'ENOSYS') !== 'all') return [];
  const text = 'ENOSYS is already the answer, and the known callers take another way on it';
  return [{ kind: 'nothing', text }];
}

/** A rule for a name that the host's libseccomp does not know has no effect. */
function ruleRemark({ host, libseccomp, name }: Question): string {
  const { target, identity } = host;
  if (!target || target.libseccomp.knows(name)) return '';
  return libseccomp === undefined
    ? ' (no libseccomp knows the name yet: the rule is skipped)'
    : ` (this needs libseccomp ${libseccomp} or later: ${identity.libseccomp} skips the name)`;
}

function answerEnosys(question: Question): readonly Advice[] {
  const { name, verdict, host } = question;
  const back = fallsBackOn(name, 'ENOSYS');
  if (verdict.errno === 'ENOSYS' || back === 'none') return [];
  const helps =
    back === 'unknown'
      ? 'helps if the program knows another way'
      : `${back === 'some' ? 'some callers take' : 'the known callers take'} another way then`;
  const { engine, runtime, runtimeVersion } = host.identity;
  const remark =
    host.target?.engine.passesErrnoRet === false
      ? ` (${ENGINE_TITLES[engine] ?? engine} drops errnoRet before ${question.errnoRetSince}: upgrade it first)`
      : host.target?.runtime.honoursErrnoRet === false
        ? ` (${runtime} ${runtimeVersion} drops errnoRet: upgrade it first)`
        : ruleRemark(question);
  return [
    {
      kind: 'enosys',
      text: `answer ENOSYS in the profile: it grants nothing, and ${helps}${remark}`,
      rule: { names: [name], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
    },
  ];
}

function allow(question: Question): readonly Advice[] {
  const { name, ranges, host } = question;
  const { weight, why } = danger(name);
  const own = ranges.filter(({ engine }) => engine === host.identity.engine).at(-1)?.state;
  const warning = weight >= 6 ? `; think twice: ${why}` : weight >= 3 ? `; mind: ${why}` : '';
  const advice: Advice[] = [
    {
      kind: 'allow',
      text: `allow it in the profile${ruleRemark(question)}${warning}`,
      rule: { names: [name], action: 'SCMP_ACT_ALLOW' },
    },
  ];
  if (own?.kind === 'capability') {
    advice.push({
      kind: 'allow',
      text: `the default profile allows it with ${own.caps.join(' or ')}, which grants much more: only if the capability is needed anyway`,
    });
  }
  return advice;
}
