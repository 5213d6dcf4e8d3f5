import type { EngineFamily, EngineName } from './family.ts';

const loaded = new Map<EngineName, EngineFamily>();

/** Loads the tables of one family; the others stay unread. */
export async function loadEngine(name: EngineName): Promise<EngineFamily> {
  const done = loaded.get(name);
  if (done) return done;
  let family: EngineFamily;
  if (name === 'docker' || name === 'buildkit') {
    const moby = await import('./moby.ts');
    family = name === 'docker' ? moby.docker() : moby.buildkit();
  } else if (name === 'containerd') family = (await import('./containerd.ts')).containerd();
  else family = (await import('./containers.ts')).containers(name);
  loaded.set(name, family);
  return family;
}
