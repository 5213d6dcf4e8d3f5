import type { KeptLayer, Layer, LayerFindings, LayerSearch, Lift } from '../../core/documents/layers.ts';
import { list } from './list.ts';

const LAYERS: Readonly<Record<Layer, string>> = {
  filter: 'the seccomp filter',
  capabilities: 'missing capabilities',
  'no-new-privileges': 'no_new_privs',
  'masked-paths': 'masked and read-only paths',
  devices: 'the device cgroup',
  'user-namespace': 'the user namespace',
  'security-module': 'the security module',
  tracer: 'the tracer',
};

/** `the seccomp filter and missing capabilities (CAP_SYS_ADMIN)` */
export function liftPhrase({ layers, grant }: Lift): string {
  const granted = grant === undefined || grant.length > 4 ? '' : ` (${list(grant)})`;
  return list(layers.map((one) => (one === 'capabilities' ? `${LAYERS[one]}${granted}` : LAYERS[one])));
}

const KEPT: Readonly<Record<KeptLayer['why'], string>> = {
  absent: 'there is none here',
  'no-option': 'the engine has no option for it',
  'needs-root': 'only root may do without',
  'not-known': 'whether it is there is not known',
};

function searchPhrase({ syscall, errno, trials, found }: LayerSearch): string {
  if (found) return `${syscall} was not refused without ${liftPhrase(found)}.`;
  const still = trials.filter(({ fate }) => fate === 'refused');
  const silent = trials.length - still.length;
  const unclear =
    silent === 0 ? '' : ` (in ${silent} of ${trials.length} runs the call was not made, or not seen)`;
  return trials.length === 0
    ? `${syscall}: no layer could be lifted.`
    : `${syscall} was still refused with ${errno} without each of these layers and without all of them${unclear}: the kernel itself, or something around the sandbox.`;
}

/** What lifting one layer after another showed, in sentences; empty where every reason was known. */
export function layersPhrases({ kept, searches }: LayerFindings): readonly string[] {
  if (searches.length === 0) return ['Every reason is known: no layer was lifted.'];
  const left = kept.filter(({ why }) => why !== 'absent');
  return [
    ...searches.map(searchPhrase),
    ...(left.length === 0 || searches.every(({ found }) => found)
      ? []
      : [`Not lifted: ${list(left.map(({ layer, why }) => `${LAYERS[layer]} (${KEPT[why]})`))}.`]),
  ];
}
