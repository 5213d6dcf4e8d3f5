import { spawnSync } from 'node:child_process';
import { type ProgramOptions, type ProgramRun, program } from './program.ts';

/** A container of another test that ends while bwrap copies the table of mounts makes it fail before it starts anything. */
const LOST_MOUNT = "Can't bind mount /oldroot/";
const ATTEMPTS = 5;

/** Runs a shell script with the whole file system in sight, behind more options of bwrap. */
export async function inSandbox(
  words: readonly string[],
  script: string,
  options: ProgramOptions,
): Promise<ProgramRun> {
  const args = ['--dev-bind', '/', '/', ...words, '--', 'sh', '-c', script];
  let done = await program('bwrap', args, options);
  for (let again = 0; again < ATTEMPTS && done.stderr.includes(LOST_MOUNT); again++)
    done = await program('bwrap', args, options);
  return done;
}

/** `spawnSync` of words that may begin with bwrap. */
export function spawnSandbox(
  [file = '', ...args]: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: Uint8Array } = {},
) {
  const once = () => spawnSync(file, args, { encoding: 'utf8', timeout: 120_000, ...options });
  let done = once();
  for (let again = 0; again < ATTEMPTS && done.stderr.includes(LOST_MOUNT); again++) done = once();
  return done;
}
