import { MAIN, type ProgramRun, program } from './program.ts';

/** Runs the built program as a user would, without a terminal, in this process's own environment. */
export function cli(
  args: readonly string[],
  options: {
    readonly input?: string | Uint8Array;
    readonly cwd?: string;
    readonly env?: Record<string, string>;
  } = {},
): Promise<ProgramRun> {
  const { cwd = process.cwd(), env, input } = options;
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  return program(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...inherited, ...env },
    ...(input === undefined ? {} : { input }),
  });
}
