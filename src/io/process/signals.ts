import { inForeground, send } from './processes.ts';

/** The terminal sends these to the whole foreground group, the command included. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH'];
const FROM_OTHERS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'];

export interface Forwarding {
  /** Signals that ask to stop and that came while the command ran. */
  readonly received: readonly NodeJS.Signals[];
  stop(): void;
}

/**
 * While a command runs in the foreground, signals are for it, not for us: we outlive it to tell what we saw.
 * Those that the terminal already sent to it are not sent twice. `onStop`: one that asks to stop has come.
 */
export function forwardSignals(target: () => number | undefined, onStop?: () => void): Forwarding {
  const received: NodeJS.Signals[] = [];
  const handlers = [...FROM_TERMINAL, ...FROM_OTHERS].map((signal) => {
    const handler = (): void => {
      if (signal !== 'SIGWINCH' && signal !== 'SIGCONT' && !signal.startsWith('SIGUSR')) {
        received.push(signal);
        onStop?.();
      }
      if (FROM_TERMINAL.includes(signal) && inForeground()) return;
      const pid = target();
      if (pid !== undefined) send(pid, signal);
    };
    process.on(signal, handler);
    return { signal, handler };
  });
  return {
    received,
    stop: () => {
      for (const { signal, handler } of handlers) process.off(signal, handler);
    },
  };
}
