import { fail, type Result } from '../../failure.ts';
import { abiInfo } from '../../linux/abi.ts';
import { ENGINE_TITLES } from '../../linux/engineTitles.ts';
import type { HostExpression } from '../expression.ts';
import type { HostModel } from '../host.ts';
import { hostOf } from '../model.ts';
import { asReadBy } from '../profileFile.ts';
import { rejectedBy, resolveStack } from './stack.ts';
import type { Surroundings } from './surroundings.ts';

/** A profile file as an engine would load it: the newest Docker unless `engine=` names another. */
export async function profileHost(
  request: HostExpression,
  path: string,
  surroundings: Surroundings,
): Promise<Result<HostModel>> {
  const json = await surroundings.loadProfile(path);
  if (!json.ok) return json;
  const { parseProfile } = await import('../../seccomp/profile/schema.ts');
  const engine = request.engine ?? { name: 'docker', version: undefined };
  const read = asReadBy(engine.name, json.value);
  const profile = parseProfile(read.json, path);
  if (!profile.ok) return profile;
  const stack = await resolveStack(request, engine, surroundings);
  if (!stack.ok) return stack;
  const { identity, target } = stack.value;
  const [rejected] = rejectedBy(target, profile.value);
  if (rejected !== undefined) {
    return fail(
      'input',
      `runc ${identity.runtimeVersion} refuses ${abiInfo(rejected).scmp} in the list of architectures`,
      {
        where: { file: path },
        hint: 'a container with this profile does not start there; take the entry out or name a newer runc',
      },
    );
  }
  const title = ENGINE_TITLES[engine.name];
  const notes = [`the profile ${path} as ${title} ${identity.version} loads it`];
  if (read.unread.length > 0)
    notes.push(`${title} does not read ${read.unread.join(', ')} in a profile file`);
  const host = hostOf({ ...identity, notes: [...notes, ...identity.notes] }, profile.value, target);
  return host.ok ? host : { ok: false, failure: { where: { file: path }, ...host.failure } };
}
