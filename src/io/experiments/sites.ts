import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine, Job } from '../engines/engine.ts';

/** One place where executions can be made: an engine, with the fields of its jobs. */
export interface Site {
  readonly engine: Engine;
  readonly engineVersion: string;
  readonly job: Omit<Job, 'stdio' | 'tracing' | 'host' | 'tree' | 'signal' | 'timeoutSeconds'>;
}

interface State {
  readonly site: Site;
  busy: number;
  /** Executions in a row that gave no answer. */
  troubles: number;
  lost: boolean;
}

/** Where executions are made. With several, one that can't be relied on any more is left out, and the others do its work. */
export class Sites {
  readonly #states: readonly State[];
  readonly #onLost: ((what: string) => void) | undefined;

  constructor(sites: readonly Site[], onLost?: (what: string) => void) {
    this.#states = sites.map((site) => ({ site, busy: 0, troubles: 0, lost: false }));
    this.#onLost = onLost;
  }

  /** Whether one could be left out. */
  get several(): boolean {
    return this.#well().length > 1;
  }

  /** The one with the fewest troubles, then the least busy; to be given back with `release`. */
  take(except?: Site): Site {
    const free = this.#well().filter(({ site }) => site !== except);
    const [best] = free.sort((a, b) => a.troubles - b.troubles || a.busy - b.busy);
    best!.busy++;
    return best!.site;
  }

  release(site: Site, troubled: boolean): void {
    const state = this.#of(site);
    state.busy--;
    state.troubles = troubled ? state.troubles + 1 : 0;
  }

  /** Leaves a site out from now on, unless it is the last one. */
  lose(site: Site, why: string): void {
    const state = this.#of(site);
    if (state.lost || !this.several) return;
    state.lost = true;
    this.#onLost?.(`nothing more is run at ${site.job.container?.context ?? site.engine.name}: ${why}`);
  }

  /** What `run` gives; undefined when the site's engine stops answering meanwhile: then it is aborted, and nobody waits for it. */
  async watch<T>(site: Site, run: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const gone = new AbortController();
    if (!this.several) return run(gone.signal);
    const over = new AbortController();
    const running = run(gone.signal);
    try {
      return await Promise.race([running, silence(site, over.signal)]);
    } finally {
      over.abort();
      gone.abort();
    }
  }

  /** Asks a site's engine, twice before it is given up. */
  async answers(site: Site): Promise<boolean> {
    return (await site.engine.answers?.()) !== false || (await site.engine.answers?.()) !== false;
  }

  #well(): State[] {
    return this.#states.filter(({ lost }) => !lost);
  }

  #of(site: Site): State {
    return this.#states.find((state) => state.site === site)!;
  }
}

/** Between two questions to an engine, in milliseconds. */
const PAUSE = 2000;

/** Settles when a site's engine has not answered twice in a row. */
async function silence(site: Site, over: AbortSignal): Promise<undefined> {
  for (let missed = 0; missed < 2 && !over.aborted; ) {
    await sleep(PAUSE, undefined, { signal: over }).catch(() => undefined);
    missed = over.aborted || (await site.engine.answers?.()) !== false ? 0 : missed + 1;
  }
  return undefined;
}
