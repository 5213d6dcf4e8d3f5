import type { HostIdentity } from '../core/documents/host.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import { openSource } from './profileSource.ts';

export interface ProfileCompileOptions {
  /** With a profile's file: the engine that loads it; the newest Docker where it is not given. */
  readonly on?: string;
  /** Architecture of the host, by any usual name; this machine's where neither it nor the host says. */
  readonly arch?: string;
}

export interface CompiledProfile {
  /** `struct sock_filter[]` in the host's byte order, as `bwrap --seccomp` and seccomp(2) take it. */
  readonly bytes: Uint8Array;
  readonly instructions: number;
  readonly host: HostIdentity;
}

/** The filter that a HOST loads by default, or that it loads of a profile's FILE. */
export async function compileProfile(
  word: string,
  options: ProfileCompileOptions = {},
): Promise<Result<CompiledProfile>> {
  const source = await openSource(word, options);
  if (!source.ok) return source;
  if (source.value.kind === 'filters')
    return fail('usage', 'this is a filter already, not a profile', { where: { file: word } });
  const { policy, identity } = source.value.host;
  if (!policy) return fail('usage', `${identity.expression} loads no filter`);
  const [{ compile }, { encodeProgram }, { abiInfo }] = await Promise.all([
    import('../core/seccomp/filter/compile.ts'),
    import('../core/seccomp/filter/encode.ts'),
    import('../core/linux/abi.ts'),
  ]);
  const program = compile(policy);
  if (!program.ok) return program;
  const bytes = encodeProgram(program.value, abiInfo(identity.arch).endian === 'little');
  return ok({ bytes, instructions: program.value.length, host: identity });
}
