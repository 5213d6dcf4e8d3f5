import type { HostModel } from '../../hosts/host.ts';
import { existsOn, knownHosts } from '../../hosts/known.ts';
import { libseccompSpan } from '../../hosts/libseccomp.ts';
import { resolveHost } from '../../hosts/resolve/resolve.ts';
import type { Surroundings } from '../../hosts/resolve/surroundings.ts';
import type { Abi } from '../../linux/abi.ts';
import { errnoName } from '../../linux/errno.ts';
import { kernelText } from '../../linux/kernel.ts';
import { kernelOfName, newestKernel, syscallNumber } from '../../linux/numbers.ts';
import type { Verdict } from '../../seccomp/profile/verdict.ts';

/** What a host does with a call. */
export interface HostAnswer {
  /** `allow`, an errno, or a way to kill. */
  readonly answer: string;
  /** The answer to some arguments only; others get through. */
  readonly conditional: boolean;
}

/** Consecutive versions of an engine that answer alike. */
export interface AnswerRange extends HostAnswer {
  readonly engine: string;
  readonly from: string;
  readonly to: string;
  /** True when `to` is the newest of the tables. */
  readonly open: boolean;
}

/** Who refuses a syscall, and since when it is fixed. */
export interface Refusals {
  readonly abi: Abi;
  readonly refused: readonly AnswerRange[];
  readonly fixed: readonly { readonly engine: string; readonly since: string; readonly answer: string }[];
  /** First Linux and libseccomp that know it. */
  readonly kernel?: string;
  readonly libseccomp?: string;
}

/** Newer than every syscall of the tables: what an old kernel lacks is told apart. */
const newKernel = () => `kernel=${kernelText(newestKernel())}`;

/** Where to look when the machine's architecture does not have the call: time64 calls are of 32-bit ABIs. */
const OTHERS: readonly Abi[] = ['arm', 'x86', 'aarch64', 'riscv64'];

const opened = new WeakMap<Surroundings, Refusers>();

/** The hosts as these surroundings see them: opened once, however many messages are asked about. */
export function refusersIn(surroundings: Surroundings): Refusers {
  let refusers = opened.get(surroundings);
  if (!refusers) {
    refusers = new Refusers(surroundings);
    opened.set(surroundings, refusers);
  }
  return refusers;
}

/** Asks every known host; opens them once per architecture. */
export class Refusers {
  readonly #surroundings: Surroundings;
  readonly #hosts = new Map<Abi, Promise<readonly { readonly label: string; readonly model: HostModel }[]>>();

  readonly #known = new Map<string, Promise<Refusals>>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** The ABI to ask for: the given one, or the first that has the syscall. */
  abiOf(syscall: string, given: Abi): Abi {
    return [given, ...OTHERS].find((abi) => syscallNumber(syscall, abi) !== undefined) ?? given;
  }

  of(syscall: string, given: Abi): Promise<Refusals> {
    const abi = this.abiOf(syscall, given);
    const key = `${syscall} ${abi}`;
    let refusals = this.#known.get(key);
    if (!refusals) {
      refusals = this.#ask(syscall, abi);
      this.#known.set(key, refusals);
    }
    return refusals;
  }

  async #ask(syscall: string, abi: Abi): Promise<Refusals> {
    const ranges: AnswerRange[] = [];
    for (const { label, model } of await this.#open(abi)) {
      const [engine = '', version = ''] = label.split('@');
      const answer = answerOf(model, syscall, abi);
      const last = ranges.at(-1);
      if (last?.engine === engine && last.answer === answer.answer && last.conditional === answer.conditional)
        ranges[ranges.length - 1] = { ...last, to: version };
      else ranges.push({ engine, from: version, to: version, open: false, ...answer });
    }
    const marked = ranges.map((range, i) => ({ ...range, open: ranges[i + 1]?.engine !== range.engine }));
    const kernel = kernelOfName(syscall);
    const libseccomp = libseccompSpan(syscall)?.[0];
    return {
      abi,
      refused: marked.filter(({ answer }) => answer !== 'allow'),
      fixed: fixedIn(marked),
      ...(kernel ? { kernel: kernelText(kernel) } : {}),
      ...(libseccomp === undefined ? {} : { libseccomp }),
    };
  }

  /** A HOST expression; undefined where it is not in the tables. */
  async host(expression: string): Promise<HostModel | undefined> {
    const host = await resolveHost(expression, this.#surroundings);
    return host.ok ? host.value : undefined;
  }

  #open(arch: Abi): Promise<readonly { readonly label: string; readonly model: HostModel }[]> {
    let hosts = this.#hosts.get(arch);
    if (!hosts) {
      hosts = this.#resolve(arch);
      this.#hosts.set(arch, hosts);
    }
    return hosts;
  }

  async #resolve(arch: Abi): Promise<readonly { readonly label: string; readonly model: HostModel }[]> {
    const open: { label: string; model: HostModel }[] = [];
    for (const label of await knownHosts()) {
      if (!label.includes('@') || !existsOn(label, arch)) continue;
      const host = await resolveHost(`${label},arch=${arch},${newKernel()}`, this.#surroundings);
      if (host.ok) open.push({ label, model: host.value });
    }
    return open;
  }
}

/** What a host returns for a call of which no argument is known. */
export function answerOf(model: HostModel, syscall: string, abi: Abi): HostAnswer {
  const nr = syscallNumber(syscall, abi);
  if (nr === undefined) return { answer: 'allow', conditional: false };
  const verdict = model.answer({ abi, nr, name: syscall, args: [] });
  const own = textOf(verdict.action);
  if (own !== 'allow') return { answer: own, conditional: verdict.conditional };
  const other = verdict.alternatives.map(textOf).find((answer) => answer !== 'allow');
  return other === undefined ? { answer: 'allow', conditional: false } : { answer: other, conditional: true };
}

function textOf(action: Verdict['action']): string {
  if (action.kind === 'errno') return errnoName(action.value) ?? String(action.value);
  return action.kind === 'log' ? 'allow' : action.kind;
}

/** Per engine whose older versions refused with EPERM or for all arguments: the first version of the newest kind of answer. */
function fixedIn(ranges: readonly AnswerRange[]): Refusals['fixed'] {
  const fixed: { engine: string; since: string; answer: string }[] = [];
  for (const engine of new Set(ranges.map((range) => range.engine))) {
    const own = ranges.filter((range) => range.engine === engine);
    const newest = own.at(-1)!;
    const worse = own.findLastIndex((range) => badness(range) > badness(newest));
    if (worse < 0 || badness(newest) > 1) continue;
    const since = own[worse + 1]!;
    fixed.push({ engine, since: since.from, answer: newest.answer });
  }
  return fixed;
}

/** EPERM breaks programs, ENOSYS lets most of them fall back. */
function badness({ answer, conditional }: HostAnswer): number {
  if (answer === 'allow' || conditional) return 0;
  return answer === 'ENOSYS' ? 1 : 2;
}
