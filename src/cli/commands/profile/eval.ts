import type { Source } from '../../../commands/profileSource.ts';
import type { Abi } from '../../../core/linux/abi.ts';
import type { Filter } from '../../../core/seccomp/filter/closure.ts';
import type { Action } from '../../../core/seccomp/profile/action.ts';
import type { CommandModule } from '../../binding.ts';
import { addExamples } from '../../examples.ts';
import { EXIT } from '../../exit.ts';

interface Options {
  readonly arch?: string;
  readonly json?: boolean;
}

export const defineEval: CommandModule['define'] = (command, { io, action }) => {
  command
    .description('what a filter, profile or host answers to a call')
    .argument(
      '<file|host>',
      'raw filter, strace -v text, JSON profile, or host (its filter alone, not its kernel)',
    )
    .argument(
      '<syscall>',
      "name or number; '-' reads calls from standard input, a line each: ARCH NR [ARG...]",
    )
    .argument('[args...]', 'up to six arguments, decimal or hex; those left out are zero')
    .option('--arch <arch>', "the call's architecture (default: the host's own, or this machine's)")
    .option('--json', 'one JSON document (schema trace-build/profile-eval@1)')
    .action(
      action(async (word: string, syscall: string, args: string[], options: Options) => {
        const { openSource } = await import('../../../commands/profileSource.ts');
        const { parseArch } = await import('../../../core/linux/arch.ts');
        let source = await openSource(word);
        if (!source.ok) return source.failure;
        const arch = options.arch === undefined ? await nativeAbi(source.value) : parseArch(options.arch);
        if (!arch) return { kind: 'usage', what: `unknown architecture '${options.arch}'` };
        if (options.arch !== undefined && isForeign(source.value, arch)) {
          source = await openSource(word, { arch });
          if (!source.ok) return source.failure;
        }
        const answer = await answering(source.value, arch);
        if (typeof answer !== 'function') return answer;

        const { actionOf } = await import('../../../core/seccomp/filter/returns.ts');
        if (syscall === '-') {
          const { answerLines } = await import('../../../io/traces/callLines.ts');
          const { lineOf } = await import('../../../render/text/profile.ts');
          const { standardInput, writeOut } = await import('../../../io/process/standardStreams.ts');
          const words = new Map<number, string>();
          const failure = await answerLines(
            standardInput(),
            (data) => {
              const value = answer(data);
              let text = words.get(value);
              if (text === undefined) {
                text = lineOf(actionOf(value));
                words.set(value, text);
              }
              return text;
            },
            writeOut,
          );
          return failure ?? EXIT.none;
        }

        const { syscallNumber } = await import('../../../core/linux/numbers.ts');
        const nr = /^-?(?:0x[0-9a-f]+|\d+)$/i.test(syscall)
          ? numberOf(syscall)
          : syscallNumber(syscall, arch);
        if (nr === undefined) return { kind: 'usage', what: `${arch} has no syscall '${syscall}'` };
        if (nr > 0xffffffff || nr < -0x80000000)
          return { kind: 'usage', what: `'${syscall}' is no syscall number: those have 32 bits` };
        const { argumentOf, seccompData } = await import('../../../core/seccomp/filter/data.ts');
        const values = args.map(argumentOf);
        const wrong = values.indexOf(undefined);
        if (wrong !== -1) return { kind: 'usage', what: `'${args[wrong]}' is not a number of 64 bits` };
        if (values.length > 6) return { kind: 'usage', what: 'a call has six arguments at most' };
        const given = actionOf(answer(seccompData(arch, nr, values as bigint[])));
        const { errnoText, lineOf } = await import('../../../render/text/profile.ts');
        if (options.json) {
          const errno = given.kind === 'errno' ? { errno: errnoText(given) } : {};
          io.out(
            `${JSON.stringify({ schema: 'trace-build/profile-eval@1', action: given.kind, ...errno })}\n`,
          );
        } else io.out(`${lineOf(given)}\n`);
        return EXIT.none;
      }),
    );
  addExamples(command, [
    ['trace-build profile eval docker@20.10.5 --arch x86_64 clone3 --json', 'as the engine loads it'],
    ["printf 'x86_64 435\\n' | trace-build profile eval out.bpf -", 'many calls at once'],
  ]);
};

function numberOf(text: string): number {
  return text.startsWith('-') ? -Number(text.slice(1)) : Number(text);
}

async function nativeAbi(source: Source): Promise<Abi> {
  if (source.kind === 'host') return source.host.identity.arch;
  const { surroundings } = await import('../../../io/machine/hosts.ts');
  return surroundings().running.arch;
}

/** A host whose architecture was not named, and that would not run such programs: then a host of that architecture is meant. */
function isForeign(source: Source, arch: Abi): boolean {
  if (source.kind !== 'host' || !source.host.identity.assumed.includes('arch')) return false;
  const { policy, identity } = source.host;
  return arch !== identity.arch && !policy?.abis.some(({ abi }) => abi === arch);
}

/** One function for all calls: the filter compiled to JavaScript; a host without a filter is asked itself. */
async function answering(
  source: Source,
  arch: Abi,
): Promise<Filter | import('../../../core/failure.ts').Failure> {
  const { closure } = await import('../../../core/seccomp/filter/closure.ts');
  const { stackOf } = await import('../../../core/seccomp/filter/stack.ts');
  if (source.kind === 'filters') {
    const { verify } = await import('../../../core/seccomp/filter/verify.ts');
    for (const program of source.programs) {
      const verified = verify(program);
      if (!verified.ok) return verified.failure;
    }
    return stackOf(source.programs.map(closure));
  }
  const { host } = source;
  if (host.policy) {
    const { compile } = await import('../../../core/seccomp/filter/compile.ts');
    const program = compile(host.policy);
    return program.ok ? closure(program.value) : program.failure;
  }
  const { returnOf } = await import('../../../core/seccomp/filter/returns.ts');
  const { abiOfToken } = await import('../../../core/seccomp/filter/data.ts');
  const { syscallName } = await import('../../../core/linux/numbers.ts');
  return (data) => {
    const nr = data[0]!;
    const abi = abiOfToken(data[1]!, nr) ?? arch;
    const given: Action = host.answer({
      abi,
      nr,
      name: syscallName(nr, abi) ?? `syscall_${nr}`,
      args: [],
    }).action;
    return returnOf(given);
  };
}
