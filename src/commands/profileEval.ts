import type { ProfileEvalDocument } from '../core/documents/profile.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import type { Abi } from '../core/linux/abi.ts';
import { parseArch } from '../core/linux/arch.ts';
import type { Filter } from '../core/seccomp/filter/closure.ts';
import { argumentOf, seccompData } from '../core/seccomp/filter/data.ts';
import { actionOf } from '../core/seccomp/filter/returns.ts';
import type { Action } from '../core/seccomp/profile/action.ts';
import { actionDocument } from './actionDocument.ts';
import { openSource, type Source } from './profileSource.ts';

export interface ProfileEvalOptions {
  /** Architecture of the call, by any usual name; the host's own, or this machine's, where it is not given. */
  readonly arch?: string;
}

/**
 * What a filter, profile or host returns for one call. `syscall` is a name or a number, `args` up to six numbers, decimal
 * or hex; those left out are zero.
 */
export async function evalProfile(
  word: string,
  syscall: string,
  args: readonly string[],
  options: ProfileEvalOptions = {},
): Promise<Result<ProfileEvalDocument>> {
  const opened = await open(word, options);
  if (!opened.ok) return opened;
  const { arch, filter } = opened.value;
  const { syscallNumber } = await import('../core/linux/numbers.ts');
  const nr = /^-?(?:0x[0-9a-f]+|\d+)$/i.test(syscall) ? numberOf(syscall) : syscallNumber(syscall, arch);
  if (nr === undefined) return fail('usage', `${arch} has no syscall '${syscall}'`);
  if (nr > 0xffffffff || nr < -0x80000000)
    return fail('usage', `'${syscall}' is no syscall number: those have 32 bits`);
  const values = args.map(argumentOf);
  const wrong = values.indexOf(undefined);
  if (wrong !== -1) return fail('usage', `'${args[wrong]}' is not a number of 64 bits`);
  if (values.length > 6) return fail('usage', 'a call has six arguments at most');
  const action = actionOf(filter(seccompData(arch, nr, values as bigint[])));
  return ok({ schema: 'trace-build/profile-eval@1', ...actionDocument(action) });
}

/**
 * The same for many calls: lines `ARCH NR [ARG…]` in, a line each out: `allow`, `errno 38`, `kill_thread`, … Stops at the
 * first line that cannot be read.
 */
export async function evalLines(
  word: string,
  options: ProfileEvalOptions,
  input: AsyncIterable<Uint8Array>,
  write: (text: string) => Promise<void>,
): Promise<Result<undefined>> {
  const opened = await open(word, options);
  if (!opened.ok) return opened;
  const { filter } = opened.value;
  const { answerLines } = await import('../io/traces/callLines.ts');
  const lines = new Map<number, string>();
  const failure = await answerLines(
    input,
    (data) => {
      const value = filter(data);
      let line = lines.get(value);
      if (line === undefined) {
        line = lineOf(actionOf(value));
        lines.set(value, line);
      }
      return line;
    },
    write,
  );
  return failure ? { ok: false, failure } : ok(undefined);
}

function lineOf(action: Action): string {
  return action.kind === 'errno' ? `errno ${action.value}` : action.kind;
}

async function open(
  word: string,
  options: ProfileEvalOptions,
): Promise<Result<{ readonly arch: Abi; readonly filter: Filter }>> {
  let source = await openSource(word);
  if (!source.ok) return source;
  const arch = options.arch === undefined ? await nativeAbi(source.value) : parseArch(options.arch);
  if (!arch) return fail('usage', `unknown architecture '${options.arch}'`);
  if (options.arch !== undefined && isForeign(source.value, arch)) {
    source = await openSource(word, { arch });
    if (!source.ok) return source;
  }
  const filter = await filterOf(source.value, arch);
  return filter.ok ? ok({ arch, filter: filter.value }) : filter;
}

function numberOf(text: string): number {
  return text.startsWith('-') ? -Number(text.slice(1)) : Number(text);
}

async function nativeAbi(source: Source): Promise<Abi> {
  if (source.kind === 'host') return source.host.identity.arch;
  const { surroundings } = await import('../io/machine/hosts.ts');
  return surroundings().running.arch;
}

/** A host whose architecture was not named, and that would not run such programs: then a host of that architecture is meant. */
function isForeign(source: Source, arch: Abi): boolean {
  if (source.kind !== 'host' || !source.host.identity.assumed.includes('arch')) return false;
  const { policy, identity } = source.host;
  return arch !== identity.arch && !policy?.abis.some(({ abi }) => abi === arch);
}

/** One function for all calls: the filter compiled to JavaScript; a host without a filter is asked itself. */
async function filterOf(source: Source, arch: Abi): Promise<Result<Filter>> {
  const { closure } = await import('../core/seccomp/filter/closure.ts');
  const { stackOf } = await import('../core/seccomp/filter/stack.ts');
  if (source.kind === 'filters') {
    const { verify } = await import('../core/seccomp/filter/verify.ts');
    for (const program of source.programs) {
      const verified = verify(program);
      if (!verified.ok) return verified;
    }
    return ok(stackOf(source.programs.map(closure)));
  }
  const { host } = source;
  if (host.policy) {
    const { compile } = await import('../core/seccomp/filter/compile.ts');
    const program = compile(host.policy);
    return program.ok ? ok(closure(program.value)) : program;
  }
  const { returnOf } = await import('../core/seccomp/filter/returns.ts');
  const { abiOfToken } = await import('../core/seccomp/filter/data.ts');
  const { syscallName } = await import('../core/linux/numbers.ts');
  return ok((data) => {
    const nr = data[0]!;
    const abi = abiOfToken(data[1]!, nr) ?? arch;
    const given: Action = host.answer({
      abi,
      nr,
      name: syscallName(nr, abi) ?? `syscall_${nr}`,
      args: [],
    }).action;
    return returnOf(given);
  });
}
