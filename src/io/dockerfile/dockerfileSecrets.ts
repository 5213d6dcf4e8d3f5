import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fail, ok, type Result } from '../../core/failure.ts';
import { readBounded } from '../files/bounded.ts';

/** What `--secret` and `--ssh` give to a build: by id, what a step that mounts it has. */
export interface BuildSecrets {
  readonly secrets: ReadonlyMap<string, Uint8Array>;
  /** Paths of agents' sockets. A key file in its place is BuildKit's alone, and has none. */
  readonly agents: ReadonlyMap<string, string>;
}

/** BuildKit takes no larger secret. */
const MOST_SECRET = 500 * 1024;

/** Reads `id=NAME[,src=FILE][,env=NAME]` and `default|ID[=SOCKET]`, as `docker build` does. */
export async function readSecrets(
  secret: readonly string[],
  ssh: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<Result<BuildSecrets>> {
  const secrets = new Map<string, Uint8Array>();
  for (const given of secret) {
    const read = await secretOf(fieldsOf(given), cwd, env);
    if (!read.ok) return fail('usage', `--secret ${given}: ${read.failure.what}`);
    secrets.set(read.value.id, read.value.content);
  }
  const agents = new Map<string, string>();
  for (const given of ssh) {
    const [, id = '', path] = /^([^=]*)(?:=(.*))?$/s.exec(given)!;
    const socket = path ?? env.SSH_AUTH_SOCK;
    if (socket === undefined || socket === '') {
      return fail('usage', `--ssh ${given}: no agent: SSH_AUTH_SOCK is not set`);
    }
    const place = resolve(cwd, socket);
    if (statSync(place, { throwIfNoEntry: false })?.isSocket()) agents.set(id, place);
  }
  return ok({ secrets, agents });
}

async function secretOf(
  fields: ReadonlyMap<string, string>,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Result<{ readonly id: string; readonly content: Uint8Array }>> {
  const id = fields.get('id');
  if (!id) return fail('usage', 'it needs an id: id=NAME,src=FILE');
  const given = fields.get('src') ?? fields.get('source');
  const type = fields.get('type');
  // Without either, the id is the name of a variable, else of a file.
  const implied = given === undefined && env[id] !== undefined ? id : undefined;
  const variable = fields.get('env') ?? (type === 'env' ? (given ?? id) : implied);
  if (variable !== undefined) {
    const value = env[variable];
    return value === undefined
      ? fail('usage', `${variable} is not set`)
      : ok({ id, content: Buffer.from(value) });
  }
  try {
    return ok({ id, content: await readBounded(resolve(cwd, given ?? id), MOST_SECRET) });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return fail('usage', code === 'ENOENT' ? `there is no such file: ${given ?? id}` : message);
  }
}

/** `a=b,c` of an option, or of a flag of RUN. */
export function fieldsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').map((part): [string, string] => {
      const [name = '', ...value] = part.split('=');
      return [name.trim().toLowerCase(), value.join('=')];
    }),
  );
}
