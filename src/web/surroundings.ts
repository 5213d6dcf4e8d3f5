import { fail, ok } from '../core/failure.ts';
import type { Surroundings } from '../core/hosts/resolve/surroundings.ts';
import { kernelText } from '../core/linux/kernel.ts';
import { newestKernel } from '../core/linux/numbers.ts';

/** A browser tells no kernel: the newest stands for it where an expression does not name one. */
export const running = () => ({ kernel: kernelText(newestKernel()), arch: 'x86_64' }) as const;

/** What a page has around it: no files but the profiles dropped on it, by name. */
export function surroundingsOf(profiles: ReadonlyMap<string, unknown>): Surroundings {
  return {
    running: running(),
    loadProfile: async (path) => {
      const json = profiles.get(path.replace(/^\.\//, ''));
      return json === undefined
        ? fail('input', 'drop this profile on the page first', { where: { file: path } })
        : ok(json);
    },
  };
}
