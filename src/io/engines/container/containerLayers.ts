import { LAYERS } from '../../../core/documents/layerNames.ts';
import type { KeptLayer, Layer, Lift } from '../../../core/documents/layers.ts';
import type { LayersHere } from '../engine.ts';
import type { ContainerCli } from './containerCli.ts';

/** Options of `create` that lift a layer; the filter's is that of the profile. */
export function liftArguments(program: ContainerCli['program'], lift: Lift | undefined): string[] {
  return (lift?.layers ?? []).flatMap((layer) => optionsOf(program, layer, lift?.grant));
}

function optionsOf(program: ContainerCli['program'], layer: Layer, grant: Lift['grant']): string[] {
  switch (layer) {
    case 'filter':
      return ['--security-opt=seccomp=unconfined'];
    case 'capabilities':
      return (grant ?? ['ALL']).map((name) => `--cap-add=${name.replace(/^CAP_/, '')}`);
    case 'no-new-privileges':
      return ['--security-opt=no-new-privileges=false'];
    case 'masked-paths':
      return [`--security-opt=${program === 'podman' ? 'unmask=ALL' : 'systempaths=unconfined'}`];
    case 'devices':
      return ['--device-cgroup-rule=a *:* rwm'];
    case 'user-namespace':
      return ['--userns=host'];
    case 'security-module':
      return ['--security-opt=apparmor=unconfined', '--security-opt=label=disable'];
    case 'tracer':
      return [];
  }
}

/** Which layers this engine sets, and can leave out for one container. */
export async function containerLayers(cli: ContainerCli, version: string): Promise<LayersHere> {
  const has = cli.program === 'docker' ? await askDocker(cli) : await askPodman(cli);
  const kept: KeptLayer[] = [];
  const can: Layer[] = ['filter', 'capabilities', 'masked-paths', 'devices', 'tracer'];
  for (const layer of ['no-new-privileges', 'user-namespace', 'security-module'] as const) {
    const there = has(layer);
    if (there === true) can.push(layer);
    else kept.push({ layer, why: there === undefined ? 'not-known' : there || 'absent' });
  }
  const old = Number.parseInt(version, 10) < KNOWS_ALL[cli.program];
  return { can: LAYERS.filter((layer) => can.includes(layer)), kept, ...(old ? { unknown: NEWEST } : {}) };
}

/** The capabilities of Linux 5.8 and 5.9, and the first release of each engine whose library surely knows them. */
const NEWEST = ['CAP_PERFMON', 'CAP_BPF', 'CAP_CHECKPOINT_RESTORE'];
const KNOWS_ALL = { docker: 23, podman: 5 } as const;

/** True: it is there and can be lifted; false: it is not there; a reason otherwise. */
type Has = (layer: Layer) => boolean | KeptLayer['why'] | undefined;

async function askDocker(cli: ContainerCli): Promise<Has> {
  const said = await cli.capture(['info', '--format', '{{json .SecurityOptions}}'], { timeoutSeconds: 20 });
  if (said.status !== 0) return () => undefined;
  const has = (name: string) => said.stdout.includes(`name=${name}`);
  return (layer) => {
    if (layer === 'no-new-privileges') return has('no-new-privileges');
    if (layer === 'security-module') return has('apparmor') || has('selinux');
    return has('rootless') ? 'needs-root' : has('userns');
  };
}

async function askPodman(cli: ContainerCli): Promise<Has> {
  const said = await cli.capture(['info', '--format', '{{json .Host.Security}}'], { timeoutSeconds: 20 });
  if (said.status !== 0) return () => undefined;
  const has = (field: string) => new RegExp(`"${field}":\\s*true`).test(said.stdout);
  return (layer) => {
    if (layer === 'security-module') return has('apparmorEnabled') || has('selinuxEnabled');
    if (layer === 'user-namespace') return has('rootless') ? 'needs-root' : false;
    return 'no-option';
  };
}
