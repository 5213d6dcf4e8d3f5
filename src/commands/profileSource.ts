import { fail, ok, type Result } from '../core/failure.ts';
import type { HostModel } from '../core/hosts/host.ts';
import type { Program } from '../core/seccomp/filter/instruction.ts';
import { exists } from '../io/files/files.ts';

/** What FILE|HOST of a `profile` command names. */
export type Source =
  | { readonly kind: 'host'; readonly host: HostModel }
  | { readonly kind: 'filters'; readonly programs: readonly Program[] };

/** Refines an expression by --on and --arch; what the expression says itself stays. */
function refined(expression: string, arch: string | undefined, on: string | undefined): string {
  let text = expression;
  if (on !== undefined) text += `,engine=${on}`;
  if (arch !== undefined && !/,\s*arch=/.test(text)) text += `,arch=${arch}`;
  return text;
}

/**
 * Opens a host expression, a JSON profile (as the newest Docker would load it, or the engine of `on`), a raw filter or the
 * text of strace -v.
 */
export async function openSource(
  word: string,
  options: { readonly arch?: string; readonly on?: string } = {},
): Promise<Result<Source>> {
  if (options.arch !== undefined) {
    const { parseArch } = await import('../core/linux/arch.ts');
    if (!parseArch(options.arch)) return fail('usage', `unknown architecture '${options.arch}'`);
  }
  let expression = word;
  if (exists(word) || /[/\\]|\.(?:json|bpf|log|txt)$/.test(word.split(',')[0]!.replace(/^profile:.*/, ''))) {
    const { readFilterFile } = await import('../io/files/filterFile.ts');
    const file = await readFilterFile(word);
    if (!file.ok) return file;
    if (file.value.kind === 'filters') return ok(file.value);
    expression = `profile:${word}`;
  }
  if (options.on !== undefined && !/^\s*(?:profile:|spec)/i.test(expression)) {
    return fail('usage', `--on goes with a profile, and '${word}' is a host of its own`, {
      hint: 'leave --on out, or name a profile file',
    });
  }
  const { openHost } = await import('../io/machine/hosts.ts');
  const host = await openHost(refined(expression, options.arch, options.on));
  return host.ok ? ok({ kind: 'host', host: host.value }) : host;
}
