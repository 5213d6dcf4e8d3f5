import type { ExitInfo } from '../../../core/documents/trace.ts';

/** Signals that end a process by themselves; their numbers are the same on x86 and arm (asm-generic/signal.h). */
const SIGNALS: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
  31: 'SIGSYS',
};

/**
 * A container's exit code -> how its command ended. Engines say 128 + n both for a command that died of signal n and for
 * a shell that passes such a status on; the trace tells them apart (`told`: the status given to exit_group).
 */
export function exitOf(code: number, told: number | undefined): ExitInfo {
  if (told !== undefined) return { status: told };
  const signal = SIGNALS[code - 128];
  return signal === undefined ? { status: code } : { signal };
}
