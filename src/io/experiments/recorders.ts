import type { HostModel } from '../../core/hosts/host.ts';
import { relevantArguments, relevantSyscalls } from '../../core/strace/summary/relevant.ts';
import type { Engine } from '../engines/engine.ts';
import type { Recorder } from '../recording/record.ts';
import type { Strace } from '../recording/strace.ts';

/** How an experiment can be recorded so that the search learns from it. */
export class Recorders {
  /** Indices of the arguments by which the search tells calls of one syscall apart. */
  readonly #tested: ReadonlyMap<string, readonly number[]>;
  /** Whether refused calls can be recorded by notification here; false once they could not. */
  #notifies: Promise<boolean> | undefined;

  constructor(tested: ReadonlyMap<string, readonly number[]>) {
    this.#tested = tested;
  }

  /** At the speed of the command alone: what is refused, and which of `watched` is called. Undefined where that does not work. */
  async notification(
    engine: Engine,
    host: HostModel | undefined,
    watched: readonly string[],
  ): Promise<Recorder | undefined> {
    if (engine.name !== 'bubblewrap') return undefined;
    this.#notifies ??= import('../engines/notify.ts').then(
      async ({ whyNoNotification }) => (await whyNoNotification(host)) === undefined,
    );
    if (!(await this.#notifies)) return undefined;
    const more = (name: string): readonly number[] => this.#tested.get(name) ?? [];
    const apart = watched.map((name) => [name, relevantArguments(name, undefined, more)] as const);
    return { method: 'notification', watched: new Map(apart) };
  }

  /** It did not work, or kept the command from something: from now on strace records. */
  giveUpNotification(): void {
    this.#notifies = Promise.resolve(false);
  }

  /** Every call; undefined where the command is not to be traced. */
  full(strace: Strace | undefined): Recorder | undefined {
    const raw = [...new Set([...relevantSyscalls(), ...this.#tested.keys()])];
    return strace && { method: 'strace', strace, wishes: { raw, strings: 16 } };
  }
}
