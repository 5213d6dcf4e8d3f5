import type { Done } from './commands.ts';
import type { Io } from './io.ts';
import type { MinimizeFlags } from './minimizeOptions.ts';

export async function mergeTraces(_traces: readonly string[], _flags: MinimizeFlags, _io: Io): Promise<Done> {
  return { kind: 'usage', what: '--merge is not there yet' };
}
