import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';
import { isComponent, lacksComponent } from './components.ts';

/**
 * What a test may need besides Node: `docker` and `podman` must answer, `root` is the user, `zig`, `sid-root` and
 * `i386-root` are made by .ci/setup, `NAME-image` stands for trace-build-ci/NAME, the rest are programs.
 */
export type Need = 'docker' | 'podman' | 'root' | 'linux' | (string & {});

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const known = new Map<string, string | undefined>();

/** Why a need is not met, or undefined when it is. */
export function lacks(need: Need): string | undefined {
  if (!known.has(need)) known.set(need, look(need));
  return known.get(need);
}

function look(need: Need): string | undefined {
  if (need === 'root') return process.getuid?.() === 0 ? undefined : 'not root';
  if (need === 'linux') return process.platform === 'linux' ? undefined : 'not Linux';
  const [image] = /^.*(?=-image$)/.exec(need) ?? [];
  if (image !== undefined) {
    const asked = spawnSync('docker', ['image', 'inspect', `trace-build-ci/${image}`], { stdio: 'ignore' });
    return asked.status === 0 ? undefined : `the image trace-build-ci/${image} is not made: run .ci/setup`;
  }
  if (isComponent(need)) return lacksComponent(need);
  if (!onPath(need)) return `${need} is not installed`;
  if (need === 'docker' || need === 'podman') {
    const asked = spawnSync(need, ['info'], { stdio: 'ignore', timeout: 20_000 });
    if (asked.status !== 0) return `${need} does not answer`;
  }
  return undefined;
}

/**
 * `needs('docker', 'strace').describe('…', …)`: skipped for a person who lacks something,
 * a failure where TRACE_BUILD_REQUIRE_ALL=1 (CI).
 */
export function needs(...needed: readonly Need[]): {
  readonly met: boolean;
  readonly describe: typeof describe;
} {
  const missing = needed.map(lacks).filter((why) => why !== undefined);
  if (missing.length > 0 && process.env.TRACE_BUILD_REQUIRE_ALL === '1') {
    throw new Error(`this test needs what is not here: ${missing.join(', ')}`);
  }
  return {
    met: missing.length === 0,
    describe: (missing.length === 0 ? describe : describe.skip) as typeof describe,
  };
}
