import type { Io } from '../../commands/ports.ts';
import type { HostModel } from '../../core/hosts/host.ts';
import { printDocument } from '../../render/json.ts';
import type { CommandModule, Done } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';

interface Options {
  readonly on?: string;
  readonly abi?: string;
  readonly json?: boolean;
}

export const define: CommandModule['define'] = (command, { io, action }) => {
  command
    .argument('<syscall|host>', 'a name, a number, or a host expression such as docker@20.10.5')
    .option('--on <host>', 'as this host answers it')
    .option('--abi <abi>', "the program's ABI where it is not the host's own, such as x86 on x86_64")
    .option('--json', 'one JSON document (schema trace-build/explain@1)')
    .action(action((word: string, options: Options) => explain(word, options, io)));
  addExamples(command, [
    ['trace-build explain faccessat2 --on docker@20.10.5', 'why it works there, or why not, and what to do'],
    ['trace-build explain clone3', 'since when, who allows it, what libc does when it fails'],
    ['trace-build explain docker@20.10.5', 'the whole stack of that host and what it refuses'],
  ]);
};

async function explain(word: string, options: Options, io: Io): Promise<Done> {
  // Everything is asked for at once: reading the files takes longer than running them.
  const loading = Promise.all([
    import('../../io/machine/hosts.ts'),
    import('../../core/diagnosis/explain/syscall.ts'),
    options.json ? undefined : import('../../render/text/explain.ts'),
    import('../../core/diagnosis/explain/allowance.ts').then(({ preload }) => preload()),
  ]);
  const { canonicalName, newestKernel, syscallNames } = await import('../../core/linux/numbers.ts');
  const { kernelText } = await import('../../core/linux/kernel.ts');
  const tables = `the tables (Linux to ${kernelText(newestKernel())})`;
  const known = canonicalName(word);
  const looksLikeNumber = /^(?:syscall_)?(?:0x[0-9a-f]+|\d+)$/i.test(word);
  if (known === undefined && !looksLikeNumber) {
    const { parseHost } = await import('../../core/hosts/expression.ts');
    if (/[@:=]/.test(word) || parseHost(word).ok) return explainWholeHost(word, options, io);
    const { nearest, orList } = await import('../../core/hosts/words.ts');
    return {
      kind: 'usage',
      what: `'${word}' is neither a syscall of ${tables} nor a host`,
      hint: `did you mean ${orList(nearest(word, syscallNames()))}?`,
    };
  }

  const [{ openHost, surroundings }, { explainSyscall, nameOfNumber }, text] = await loading;
  let host: HostModel | undefined;
  if (options.on !== undefined) {
    const opened = await openHost(options.on);
    if (!opened.ok) return opened.failure;
    host = opened.value;
  }
  let abi = host?.identity.arch ?? surroundings().running.arch;
  if (options.abi !== undefined) {
    const { parseArch } = await import('../../core/linux/arch.ts');
    const asked = parseArch(options.abi);
    if (asked === undefined) return { kind: 'usage', what: `unknown ABI '${options.abi}'` };
    abi = asked;
  }
  const name = known ?? nameOfNumber(word, abi);
  if (name === undefined) {
    return { kind: 'usage', what: `number ${word} is no syscall of ${abi} in ${tables}` };
  }
  const explanation = await explainSyscall(name, abi, host);
  if (!text) return printJson(io, explanation);
  io.out(text.renderSyscall(explanation, io.columns));
  return EXIT.none;
}

async function explainWholeHost(word: string, options: Options, io: Io): Promise<Done> {
  if (options.on !== undefined || options.abi !== undefined) {
    return { kind: 'usage', what: `--on and --abi go with a syscall, not with the host '${word}'` };
  }
  const { openHost } = await import('../../io/machine/hosts.ts');
  const opened = await openHost(word);
  if (!opened.ok) return opened.failure;
  const { explainHost } = await import('../../core/diagnosis/explain/host.ts');
  const explanation = explainHost(opened.value);
  if (options.json) return printJson(io, explanation);
  const { renderHost } = await import('../../render/text/explain.ts');
  io.out(renderHost(explanation, io.columns));
  return EXIT.none;
}

function printJson(io: Io, explanation: object): Done {
  io.out(printDocument({ schema: 'trace-build/explain@1', ...explanation }));
  return EXIT.none;
}
