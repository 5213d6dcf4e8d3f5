import { type Advice, type Question, rangeAt } from './question.ts';

/** Engines with --cap-add, --privileged and --security-opt. */
export const CONTAINERS: ReadonlySet<string> = new Set(['docker', 'podman', 'buildah', 'nerdctl']);

/** The default profile allows it to who has a capability: its maintainers' own way, as far as this version has it. */
export function grantCapability({ name, own, host }: Question): readonly Advice[] {
  const { engine, version: at } = host.identity;
  const state = rangeAt(own, at)?.state;
  const sets =
    state?.kind === 'capability' ? state.sets : state?.kind === 'conditional' ? state.sets : undefined;
  if (!sets || sets.length === 0) return [];
  const option = CONTAINERS.has(engine) ? '--cap-add ' : 'the capability ';
  const words = sets.map((set) =>
    CONTAINERS.has(engine)
      ? set.map((cap) => `${option}${cap.replace(/^CAP_/, '')}`).join(' ')
      : `${set.length > 1 ? 'the capabilities ' : option}${set.join(' and ')}`,
  );
  const full = state?.kind === 'conditional' ? ' with any arguments' : '';
  return [
    {
      kind: 'capability',
      text: `start it with ${words.join(', or ')}: the default profile then allows ${name}${full}; the capability grants much more`,
      capabilities: sets,
    },
  ];
}

/** What the refused arguments of a call are for. */
export function refusedArguments({ name }: Question): readonly Advice[] {
  if (name !== 'clone') return [];
  return [
    {
      kind: 'nothing',
      text: 'clone with CLONE_NEWUSER or another CLONE_NEW flag is what is refused: rootless builds, bubblewrap and Chromium need it, threads and processes do not',
    },
  ];
}
