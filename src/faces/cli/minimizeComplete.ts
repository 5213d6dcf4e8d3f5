import type { Done } from './commands.ts';

export async function completeAllowlist(..._rest: readonly unknown[]): Promise<Done> {
  return { kind: 'usage', what: '--complete is not there yet' };
}
