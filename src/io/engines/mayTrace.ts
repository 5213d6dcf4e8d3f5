import { fail, type Result } from '../../core/failure.ts';
import { forStrace } from '../files/files.ts';
import { capture } from '../process/exec.ts';

/**
 * Why strace could not follow a command that never showed up in the trace: it is tried on `true`. Undefined: strace
 * works, so that was not the reason. Asked only after such an end: it costs a few milliseconds.
 */
export async function whyNotTraced(strace: string): Promise<Result<never> | undefined> {
  const tried = await capture(strace, ['-f', '-o', '/dev/null', forStrace('true')], { timeoutSeconds: 20 });
  if (tried.status === 0) return undefined;
  const said =
    tried.missing ?? tried.stderr.split('\n').find((line) => line.includes('ptrace(')) ?? tried.stderr;
  return fail('missing', `nothing can be traced here: ${said.trim().replace(/^strace: /, '')}`, {
    hint: 'trace-build doctor tells why; what is left: a container engine (--engine docker --image IMAGE), or a trace recorded elsewhere, which trace-build replay judges here',
  });
}
