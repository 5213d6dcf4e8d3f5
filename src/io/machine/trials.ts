import type { Program, Trial } from '../../core/diagnosis/machine/observed.ts';
import { capture } from '../process/exec.ts';

/** Where each program says its version, and how to read it. */
const VERSIONS: Readonly<Record<string, { readonly args: readonly string[]; readonly found: RegExp }>> = {
  strace: { args: ['-V'], found: /version (\S+)/ },
  bwrap: { args: ['--version'], found: /bubblewrap (\S+)/ },
  docker: { args: ['--version'], found: /version ([^\s,]+)/ },
  dockerd: { args: ['--version'], found: /version ([^\s,]+)/ },
  podman: { args: ['--version'], found: /version (\S+)/ },
  runc: { args: ['--version'], found: /runc version (\S+)/ },
  crun: { args: ['--version'], found: /crun version (\S+)/ },
  zstd: { args: ['--version'], found: / v(\d[\d.]*)/ },
};

const TIMEOUT_SECONDS = 20;

/** The versions of the programs that matter, by asking each; 20 seconds at most. */
export async function programs(): Promise<{
  readonly programs: Readonly<Record<string, Program>>;
  /** As runc or crun tell it: the library they are linked with. */
  readonly libseccomp?: string;
}> {
  const asked = await Promise.all(
    Object.entries(VERSIONS).map(async ([name, { args, found }]) => {
      const said = await capture(name, args, { timeoutSeconds: TIMEOUT_SECONDS });
      const text = said.stdout + said.stderr;
      const version = found.exec(text)?.[1];
      const program: Program =
        version !== undefined
          ? { version }
          : {
              why:
                said.missing === undefined
                  ? `${name} ${args.join(' ')} fails: ${firstLine(text)}`
                  : 'not installed',
            };
      return { name, program, text };
    }),
  );
  const libseccomp = asked
    .map(({ text }) => /libseccomp:? (\d+\.\d+\.\d+)/.exec(text)?.[1])
    .find((version) => version !== undefined);
  return {
    programs: Object.fromEntries(asked.map(({ name, program }) => [name, program])),
    ...(libseccomp === undefined ? {} : { libseccomp }),
  };
}

/** Runs a program for its exit status; what it said is its first line of output, or of the error. */
export async function attempt(file: string, ...args: readonly string[]): Promise<Trial> {
  const done = await capture(file, args, { timeoutSeconds: TIMEOUT_SECONDS });
  if (done.missing !== undefined) return { works: false, said: done.missing };
  if (done.timedOut) return { works: false, said: `no answer within ${TIMEOUT_SECONDS} s` };
  if (done.status === 0) return { works: true, said: firstLine(done.stdout) };
  return {
    works: false,
    said: firstLine(done.stderr || done.stdout) || `exit status ${done.status ?? done.signal}`,
  };
}

/** The line that tells most: the last error of a program that explains itself, else the first line. */
function firstLine(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (
    lines.find((line) => /error|fatal|denied|not permitted|cannot|can't|failed/i.test(line)) ??
    lines[0] ??
    ''
  ).slice(0, 200);
}
