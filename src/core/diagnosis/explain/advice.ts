import type { HostModel } from '../../hosts/host.ts';
import { compareVersions, version } from '../../hosts/version.ts';
import type { Abi } from '../../linux/abi.ts';
import { fallsBackOn } from '../../linux/callers.ts';
import { ENGINE_TITLES } from '../../linux/engineTitles.ts';
import { kernelText } from '../../linux/kernel.ts';
import { kernelOf, syscallNumber } from '../../linux/numbers.ts';
import { danger } from '../../linux/risk.ts';
import type { AllowanceRange } from './allowance.ts';
import { CONTAINERS, grantCapability, refusedArguments } from './grant.ts';
import { addArchitecture, changeUnit } from './otherChanges.ts';
import { type Advice, type Question, rangeAt } from './question.ts';
import { letsThrough } from './verdict.ts';

const NEVER: Advice = {
  kind: 'never',
  text: 'never --privileged or seccomp=unconfined: they lift every limit for the sake of one call',
};
const NEVER_OFF: Advice = {
  kind: 'never',
  text: 'never no filter at all: that lifts every limit for the sake of one call',
};

const never = ({ host }: Question): Advice => (CONTAINERS.has(host.identity.engine) ? NEVER : NEVER_OFF);

/** Sandboxes that load a filter of their own and take no other. */
const OWN_FILTER: ReadonlySet<string> = new Set(['flatpak', 'codex', 'sandbox-runtime']);
/** What is configured by names of syscalls in a unit, not by a JSON profile. */
const UNITS: ReadonlySet<string> = new Set(['systemd-unit', 'systemd-nspawn']);

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
      ...refusedArguments(question),
      ...grantCapability(question),
    ];
  }
  if (engine === 'gvisor') return [...upgradeGvisor(question), NEVER_OFF];
  if (verdict.cause === 'kernel') return upgradeKernel(question);
  if (verdict.cause === 'bad-arch') return [...addArchitecture(question), never(question)];
  if (OWN_FILTER.has(engine)) {
    const text = `${engine} loads its own filter and takes no other: run this step outside of it`;
    return [...alreadyEnosys(question), { kind: 'never', text }];
  }
  if (UNITS.has(engine)) return [...alreadyEnosys(question), ...changeUnit(question), NEVER_OFF];
  const upgrades = upgradeEngine(question);
  // A rule for it is there already and was skipped: another one would be skipped as well.
  if (upgrades.some(({ skips }) => skips))
    return [...upgrades.map(({ advice }) => advice), ...alreadyEnosys(question), never(question)];
  const enosys = answerEnosys(question).filter(({ kind }) => kind !== 'upgrade' || upgrades.length === 0);
  const grant = grantCapability(question);
  // Where every known caller falls back, ENOSYS is enough and grants nothing; else the profile's own way comes first.
  const safe = fallsBackOn(name, 'ENOSYS') === 'all';
  return [
    ...upgrades.map(({ advice }) => advice),
    ...alreadyEnosys(question),
    ...(safe ? [...enosys, ...grant] : [...grant, ...enosys]),
    ...allow(question),
    never(question),
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
  own,
  libseccomp,
  verdict,
}: Question): readonly { readonly advice: Advice; readonly skips?: boolean }[] {
  const { engine, version: at, libseccomp: has, runtime, runtimeVersion } = host.identity;
  const title = ENGINE_TITLES[engine];
  if (title === undefined) return [];
  const here = version(at);
  const now = rangeAt(own, at);
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
      libseccomp === undefined || host.target?.libseccomp.knows(name)
        ? ''
        : ` (with libseccomp ${libseccomp} or later, which knows the name)`;
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
  const { name, verdict, host, errnoRetSince } = question;
  const back = fallsBackOn(name, 'ENOSYS');
  if (verdict.errno === 'ENOSYS' || back === 'none') return [];
  const helps =
    back === 'unknown'
      ? 'helps if the program knows another way'
      : `${back === 'some' ? 'some callers take' : 'the known callers take'} another way then`;
  const { engine, runtime, runtimeVersion } = host.identity;
  // A rule with errnoRet would return EPERM there, or keep every container from starting.
  if (host.target?.engine.passesErrnoRet === false) {
    if (errnoRetSince === undefined) return [];
    const title = ENGINE_TITLES[engine] ?? engine;
    return [
      {
        kind: 'upgrade',
        answers: 'ENOSYS',
        byRule: true,
        to: { product: title, version: errnoRetSince },
        text: `upgrade ${title} to ${errnoRetSince} or later, which can return ENOSYS by a rule (errnoRet): it grants nothing, and ${helps}`,
      },
    ];
  }
  if (host.target?.runtime.honoursErrnoRet === false) {
    const text = `upgrade ${runtime} from ${runtimeVersion}, which drops errnoRet: a rule can then return ENOSYS, which grants nothing, and ${helps}`;
    return [{ kind: 'upgrade', answers: 'ENOSYS', byRule: true, text }];
  }
  return [
    {
      kind: 'enosys',
      text: `answer ENOSYS in the profile: it grants nothing, and ${helps}${ruleRemark(question)}`,
      rule: { names: [name], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
    },
  ];
}

function allow(question: Question): readonly Advice[] {
  const { name } = question;
  const { weight, why } = danger(name);
  const warning = weight >= 6 ? `; think twice: ${why}` : weight >= 3 ? `; mind: ${why}` : '';
  return [
    {
      kind: 'allow',
      text: `allow it in the profile${ruleRemark(question)}${warning}`,
      rule: { names: [name], action: 'SCMP_ACT_ALLOW' },
    },
  ];
}
