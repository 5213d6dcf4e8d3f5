import { realpathSync } from 'node:fs';
import { join, posix, resolve, sep } from 'node:path';
import type { ContainerProgram } from '../engines/container/containerCli.ts';
import type { ContainerFile } from '../engines/engine.ts';
import type { RunStep } from './dockerfile.ts';
import { type BuildSecrets, fieldsOf } from './dockerfileSecrets.ts';

/** What the flags of a step ask for, as far as an ordinary container has it. */
export interface StepMounts {
  /** Arguments for `create`. */
  readonly createArgs: string[];
  readonly files: ContainerFile[];
  readonly env: Record<string, string>;
  /** What cannot be the same, in sentences. */
  readonly notes: string[];
}

export interface MountContext {
  /** The build context. */
  readonly context: string;
  readonly workdir: string;
  /** What `${NAME}` in a flag stands for. */
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: BuildSecrets;
  readonly program: ContainerProgram;
}

/** Where BuildKit puts an agent's socket, and what is forwarded to it. */
const AGENT = '/run/buildkit/ssh_agent';

/**
 * Instructions that bring in what a step mounts from other stages and images: a copy, as no container can mount them. The
 * builder itself resolves the names.
 */
export function copiesFor(step: RunStep): string[] {
  return mountsOf(step).flatMap(({ type, fields }) => {
    const from = fields.get('from');
    const target = targetOf(fields);
    if (type !== 'bind' || from === undefined || target === undefined) return [];
    return [`COPY --from=${from} ${JSON.stringify([sourceOf(fields) ?? '/', target])}`];
  });
}

export function mountsFor(step: RunStep, around: MountContext): StepMounts {
  const found: StepMounts = { createArgs: [], files: [], env: {}, notes: [] };
  let agents = 0;
  for (const mount of mountsOf(step)) {
    const fields = expanded(mount.fields, around.variables);
    if (mount.type === 'secret') secret(fields, around, found);
    else if (mount.type === 'ssh') agent(fields, `${AGENT}.${agents++}`, around, found);
    else if (!folder(mount.type, fields, around, found))
      found.notes.push(`--mount=${mount.value} is not there in the traced step`);
  }
  for (const { name, value } of step.flags) {
    // BuildKit asks for an entitlement: a Dockerfile alone does not open this machine.
    if (name === 'network' && value === 'host') {
      found.notes.push('--network=host is not followed: the step has an ordinary network');
    } else if (name === 'security' && value !== 'sandbox') {
      found.notes.push(`--security=${value} is not followed: use --cap-add or --on unconfined`);
    } else if (!['mount', 'network', 'security'].includes(name)) {
      found.notes.push(`--${name}=${value} is not followed`);
    }
  }
  return found;
}

interface Mount {
  readonly type: string;
  readonly fields: ReadonlyMap<string, string>;
  /** As it is written. */
  readonly value: string;
}

function mountsOf(step: RunStep): readonly Mount[] {
  return step.flags
    .filter(({ name }) => name === 'mount')
    .map(({ value }) => {
      const fields = fieldsOf(value);
      return { type: fields.get('type') ?? 'bind', fields, value };
    });
}

const targetOf = (fields: ReadonlyMap<string, string>): string | undefined =>
  fields.get('target') ?? fields.get('dst') ?? fields.get('destination');

const sourceOf = (fields: ReadonlyMap<string, string>): string | undefined =>
  fields.get('source') ?? fields.get('src');

/** False where it can't be had. */
function folder(
  type: string,
  fields: ReadonlyMap<string, string>,
  { context, workdir, program }: MountContext,
  { createArgs, files, notes }: StepMounts,
): boolean {
  const given = targetOf(fields);
  if (given === undefined || /[:,]/.test(given)) return false;
  const target = posix.resolve('/', workdir, given);
  if (type === 'tmpfs') {
    // As BuildKit's: programs in it can be executed, which the engines do not allow by themselves.
    const size = fields.get('size');
    createArgs.push(`--tmpfs=${target}:exec,dev${size === undefined ? '' : `,size=${size}`}`);
    return true;
  }
  if (type === 'cache') {
    // Podman knows no volume that hides what the image has there.
    const hiding = `--mount=type=volume,destination=${target},volume-nocopy`;
    createArgs.push(program === 'docker' ? hiding : `--volume=${target}`);
    files.push({ path: target, ...ownership(fields, 0o755) });
    notes.push(`the cache mount ${target} is empty here`);
    return true;
  }
  if (type !== 'bind') return false;
  if (fields.has('from')) {
    notes.push(`the bind mount ${target} is a copy here, which the step may write to`);
    return true;
  }
  const source = insideOf(context, sourceOf(fields) ?? '.');
  if (source === undefined) {
    notes.push(`the bind mount ${target} leads out of the build context and is left out`);
    return true;
  }
  createArgs.push(bind(source, target, ',readonly'));
  if (fields.has('rw') || fields.has('readwrite')) notes.push(`the bind mount ${target} is read-only here`);
  return true;
}

/** Not --volume: a daemon on another machine would make an empty directory there. */
function bind(source: string, target: string, more: string): string {
  const fields = [`source=${source}`, `destination=${target}`];
  return `--mount=type=bind,${fields.map((one) => `"${one.replaceAll('"', '""')}"`).join(',')}${more}`;
}

/** A secret that was not given is not there in a build either: one that needs it has failed. */
function secret(fields: ReadonlyMap<string, string>, { secrets }: MountContext, found: StepMounts): void {
  const given = targetOf(fields);
  const id = fields.get('id') ?? (given === undefined ? '' : posix.basename(given));
  const content = secrets.secrets.get(id);
  if (content === undefined) return;
  const variable = fields.get('env');
  if (variable !== undefined) found.env[variable] = Buffer.from(content).toString();
  if (variable === undefined || given !== undefined) {
    const path = posix.resolve('/', given ?? `run/secrets/${id}`);
    found.files.push({ path, content, ...ownership(fields, 0o400) });
  }
  found.notes.push(`the trace may show the secret '${id}', as far as the step reads it`);
}

function agent(
  fields: ReadonlyMap<string, string>,
  usual: string,
  { secrets }: MountContext,
  { createArgs, env, notes }: StepMounts,
): void {
  const id = fields.get('id') ?? 'default';
  const socket = secrets.agents.get(id);
  if (socket === undefined) {
    notes.push(`the SSH agent '${id}' is not there in the traced step`);
    return;
  }
  const target = posix.resolve('/', targetOf(fields) ?? usual);
  createArgs.push(bind(socket, target, ''));
  env.SSH_AUTH_SOCK ??= target;
}

function ownership(fields: ReadonlyMap<string, string>, usual: number) {
  const mode = Number.parseInt(fields.get('mode') ?? '', 8);
  return {
    mode: Number.isNaN(mode) ? usual : mode,
    uid: Number(fields.get('uid') ?? 0) || 0,
    gid: Number(fields.get('gid') ?? 0) || 0,
  };
}

/** With the values of `$NAME` and `${NAME}`; one that is not known is empty, as in a build. */
function expanded(
  fields: ReadonlyMap<string, string>,
  variables: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  return new Map(
    [...fields].map(([name, value]): [string, string] => [
      name,
      value.replace(/\$(?:(\w+)|\{(\w+)\})/g, (_, short, long) => variables[short ?? long] ?? ''),
    ]),
  );
}

/** A path of the build context as BuildKit sees it: `..` and links do not lead out. Undefined where they would. */
function insideOf(context: string, path: string): string | undefined {
  try {
    const root = realpathSync(resolve(context));
    const real = realpathSync(join(root, posix.resolve('/', path)));
    return real === root || real.startsWith(root.endsWith(sep) ? root : root + sep) ? real : undefined;
  } catch {
    return undefined;
  }
}
