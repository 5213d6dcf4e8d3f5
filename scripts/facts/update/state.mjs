import { updateCode } from './code.mjs';
import { updateGvisor } from './gvisor.mjs';
import { updateLibseccomp } from './libseccomp.mjs';
import { updatePins } from './pins.mjs';
import { PROFILE_FILES, updateProfiles } from './profiles.mjs';
import { updateBinaries } from './runc.mjs';
import { updateKernels, updateNumbers } from './strace.mjs';

/** Facts files that an update reads and may write. */
export const FILES = [
  ...PROFILE_FILES.map(({ file }) => file),
  'gvisor',
  'kernel-added',
  'libseccomp',
  'rules-read',
  'runc-pins',
  'runtimes',
  'syscalls',
];

/**
 * The facts after an update: a map from file name to value. What has nothing new is the very object it was.
 * @param {{ facts: Map<string, object>, clones: Map<string, import('./clone.mjs').Clone>, until?: string }} what
 */
export function updateFacts({ facts, clones, until }, report) {
  const next = new Map(facts);
  for (const { file } of PROFILE_FILES)
    next.set(file, updateProfiles({ file, history: facts.get(file), clones, until }, report));
  next.set('runc-pins', updatePins({ pins: facts.get('runc-pins'), clones, until }, report));
  next.set('runtimes', updateBinaries({ runtimes: facts.get('runtimes'), clones, until }, report));

  const columns = facts.get('syscalls').columns.slice(2);
  const libseccomp = updateLibseccomp({ facts: facts.get('libseccomp'), columns, clones, until }, report);
  next.set('libseccomp', libseccomp);
  const kernels = updateKernels(
    { syscalls: facts.get('syscalls'), added: facts.get('kernel-added'), clones, until },
    report,
  );
  const { syscalls, added } = updateNumbers({ ...kernels, libseccomp }, report);
  next.set('syscalls', syscalls);
  next.set('kernel-added', added);
  next.set('gvisor', updateGvisor({ facts: facts.get('gvisor'), clones, until }, report));
  next.set('rules-read', updateCode({ read: facts.get('rules-read'), clones, until }, report));
  return next;
}
