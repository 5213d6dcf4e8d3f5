import type { ExplainDocument } from '../core/documents/explain.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import type { HostModel } from '../core/hosts/host.ts';

export interface ExplainOptions {
  /** HOST expression: the syscall as this host returns it. */
  readonly on?: string;
  /** The program's ABI, by any usual name, where it is not the host's own. */
  readonly abi?: string;
}

/**
 * A syscall (by name or number): what it is, since when, who allows it, what its callers do when it fails; or the whole
 * stack of a HOST and what it refuses.
 */
export async function explain(word: string, options: ExplainOptions = {}): Promise<Result<ExplainDocument>> {
  // Everything is asked for at once: reading the files takes longer than running them.
  const loading = Promise.all([
    import('../io/machine/hosts.ts'),
    import('../core/diagnosis/explain/syscall.ts'),
    import('../core/diagnosis/explain/allowance.ts').then(({ preload }) => preload()),
  ]);
  const { canonicalName, newestKernel, syscallNames } = await import('../core/linux/numbers.ts');
  const { kernelText } = await import('../core/linux/kernel.ts');
  const tables = `the tables (Linux to ${kernelText(newestKernel())})`;
  const known = canonicalName(word);
  const looksLikeNumber = /^(?:syscall_)?(?:0x[0-9a-f]+|\d+)$/i.test(word);
  if (known === undefined && !looksLikeNumber) {
    const { parseHost } = await import('../core/hosts/expression.ts');
    if (/[@:=]/.test(word) || parseHost(word).ok) return explainWholeHost(word, options);
    const { nearest, orList } = await import('../core/hosts/words.ts');
    const small = canonicalName(word.toLowerCase());
    return fail('usage', `'${word}' is neither a syscall of ${tables} nor a host`, {
      hint: `did you mean ${small ?? orList(nearest(word, syscallNames()))}?`,
    });
  }

  const [{ openHost, surroundings }, { explainSyscall, nameOfNumber }] = await loading;
  let host: HostModel | undefined;
  if (options.on !== undefined) {
    const opened = await openHost(options.on);
    if (!opened.ok) return opened;
    host = opened.value;
  }
  let abi = host?.identity.arch ?? surroundings().running.arch;
  if (options.abi !== undefined) {
    const { parseArch } = await import('../core/linux/arch.ts');
    const asked = parseArch(options.abi);
    if (asked === undefined) return fail('usage', `unknown ABI '${options.abi}'`);
    abi = asked;
  }
  const name = known ?? nameOfNumber(word, abi);
  if (name === undefined) return fail('usage', `number ${word} is no syscall of ${abi} in ${tables}`);
  return ok({ schema: 'trace-build/explain@1', ...(await explainSyscall(name, abi, host)) });
}

async function explainWholeHost(word: string, options: ExplainOptions): Promise<Result<ExplainDocument>> {
  if (options.on !== undefined || options.abi !== undefined)
    return fail('usage', `--on and --abi go with a syscall, not with the host '${word}'`);
  const { openHost } = await import('../io/machine/hosts.ts');
  const opened = await openHost(word);
  if (!opened.ok) return opened;
  const { explainHost } = await import('../core/diagnosis/explain/host.ts');
  return ok({ schema: 'trace-build/explain@1', ...explainHost(opened.value) });
}
