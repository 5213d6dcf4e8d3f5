import { refusal } from '../diagnosis/errno.ts';
import { ok } from '../failure.ts';
import type { EngineName } from '../hosts/family.ts';
import type { HostIdentity, HostModel } from '../hosts/host.ts';
import { resolveHost } from '../hosts/resolve/resolve.ts';
import { syscallNumber } from '../linux/numbers.ts';
import { type Choices, changeHost } from './changeHost.ts';
import { unmetBy, type WholeProfile } from './profileDocument.ts';

/** Who may load the written profile: an engine, or the Docker of a hosted runner, which is not the one at hand. */
export type Loader = EngineName | 'github-runner';

/** What an engine that is told to use the written profile makes of it, by its model. */
export interface Elsewhere {
  readonly loader: Loader;
  /** The host at hand where it has that engine, else the newest release of the tables. */
  readonly identity: HostIdentity;
  /** Changed calls that get another result there than was proven; all of them where it does not load the profile. */
  readonly unmet: readonly string[];
}

/**
 * Evaluates the written profile on each of these engines: the host at hand is what it is (`whole`), of another engine the newest
 * release, on the same architecture and kernel. `needs`: what has to be let through there besides, for the runtime.
 */
export async function evaluateElsewhere(
  host: HostModel,
  whole: Pick<WholeProfile, 'profile' | 'unmet'>,
  choices: Choices,
  loaders: readonly Loader[],
  needs: (identity: HostIdentity) => readonly string[] = () => [],
): Promise<readonly Elsewhere[]> {
  const wanted = changeHost(host, choices);
  const { identity } = host;
  const found: Elsewhere[] = [];
  for (const loader of loaders) {
    if (loader === identity.engine) {
      found.push({ loader, identity, unmet: whole.unmet });
      continue;
    }
    const on = (expression: string) =>
      resolveHost(`${expression},arch=${identity.arch},kernel=${identity.kernel}`, {
        running: { kernel: identity.kernel, arch: identity.arch },
        loadProfile: async () => ok<unknown>(whole.profile),
      });
    const engine = loader === 'github-runner' ? 'docker' : loader;
    const loaded = await on(`profile:written,engine=${engine}`);
    if (loaded.ok) {
      const own = loaded.value.identity;
      const lacking = needs(own).filter((name) => isRefused(loaded.value, name));
      found.push({
        loader,
        identity: own,
        unmet: [...new Set([...unmetBy(loaded.value, wanted, choices), ...lacking])],
      });
      continue;
    }
    // It does not start there.
    const plain = await on(engine);
    if (plain.ok) found.push({ loader, identity: plain.value.identity, unmet: [...choices.keys()] });
  }
  return found;
}

function isRefused(host: HostModel, name: string): boolean {
  const { arch: abi } = host.identity;
  const nr = syscallNumber(name, abi);
  return (
    nr !== undefined &&
    refusal(host.answer({ nr, abi, name, args: [0n, 0n, 0n, 0n, 0n, 0n] }).action) !== undefined
  );
}
