import type { Denial } from '../../core/documents/denial.ts';
import { ok, type Result } from '../../core/failure.ts';
import type { HostModel } from '../../core/hosts/host.ts';
import { furtherEntries } from '../../core/minimize/allowlist.ts';
import { changeHost, choicesOf } from '../../core/minimize/changeHost.ts';
import { candidatesOf } from '../../core/minimize/lattice.ts';
import {
  type Assignment,
  type Candidate,
  type Experiment,
  isWithin,
  keyOf,
  type Observation,
  type Phase,
  syscallOf,
} from '../../core/minimize/problem.ts';
import { refusalsIn, refusedCalls, withoutFilter } from '../../core/minimize/refused.ts';
import type { Solution } from '../../core/minimize/search.ts';
import type { Asking, Reply, SearchOptions } from '../../core/minimize/state.ts';
import { candidatesByCall } from '../../core/minimize/values.ts';
import type { ExperimentOptions, Runner, RunnerOptions, Seen } from './minimizeRunner.ts';
import { fingerprint, OutcomeCache } from './outcomeCache.ts';

export interface MinimizeWishes {
  readonly runner: RunnerOptions;
  /** The host whose filter is the question. */
  readonly host: HostModel;
  /** For an allowlist: what shows up in a run is let through as far as this does, and no further. */
  readonly limit?: HostModel;
  /** Without `confirm` a result must pass as often as the baseline ran, and more often where that is quick. */
  readonly search: Omit<SearchOptions, 'deterministic' | 'confirm' | 'confident' | 'baselines'> & {
    readonly confirm?: number;
  };
  /** Milliseconds since the epoch after which nothing more is started. */
  readonly deadline?: number;
  /** Seconds; default: from the baseline's duration. */
  readonly timeoutSeconds?: number;
  readonly jobs: number;
  /** Raised by itself when the baseline is flaky and the user did not choose. */
  readonly repeatChosen: boolean;
  /** Everything that an outcome depends on besides the filter. */
  readonly fingerprint: string;
  /** Phases whose executions are traced; default: all but the confirmation, which is made as it will be used. */
  readonly traced?: readonly Phase[];
  readonly resume: boolean;
  readonly signal: AbortSignal;
  onProgress(progress: MinimizeProgress): void;
}

export interface MinimizeProgress {
  readonly phase: Phase | 'baseline' | 'host';
  readonly done: number;
  readonly remaining: number;
  /** What the best so far changes, sorted. */
  readonly best: readonly string[] | undefined;
  readonly last?: {
    /** What was run, in words. */
    readonly what: string;
    readonly outcome: Observation['outcome'];
    readonly seconds: number;
    readonly why?: string;
  };
}

export interface Baseline {
  readonly runs: number;
  readonly passed: number;
  readonly flaky: boolean;
  /** Of one execution, the longest untraced one. */
  readonly seconds: number;
  readonly timeoutSeconds: number;
}

const TRACED: readonly Phase[] = ['probe', 'shrink', 'prove', 'smallest'];

const MOST_NAMES = 6;

/** Names, or how many they are. */
function list(names: readonly string[]): string {
  return names.length > MOST_NAMES ? `${names.length} entries` : names.join(', ');
}

/** The best so far less a few elements, or what is raised. */
function inWords({ assignment, key }: Experiment, best: Assignment | undefined): string {
  if (best && isWithin(assignment, best) && key !== keyOf(best)) {
    const lowered = [...best.keys()].filter((name) => (assignment.get(name) ?? 0) < best.get(name)!);
    if (lowered.length < assignment.size) return `without ${list(lowered.sort())}`;
  }
  return assignment.size > MOST_NAMES ? `with ${list([...assignment.keys()])}` : key || 'as it is';
}

function idOf({ key, repetition }: Experiment): string {
  return `${key}#${repetition}`;
}

/** What an earlier session kept, what was run, or why nothing was. */
type Answer = Exclude<Reply, Observation> | { readonly cached: Observation } | { readonly seen: Seen };

/** One search with its executions: cache, parallel speculation, progress. */
export class Session {
  readonly #wishes: MinimizeWishes;
  readonly #runner: Runner;
  readonly #baseline: Baseline;
  readonly #candidates = new Map<string, Candidate>();
  readonly #running = new Map<string, Promise<Answer>>();
  #cache: OutcomeCache | undefined;
  #active = 0;

  constructor(wishes: MinimizeWishes, runner: Runner, baseline: Baseline) {
    this.#wishes = wishes;
    this.#runner = runner;
    this.#baseline = baseline;
  }

  async open(): Promise<void> {
    const { resume, host } = this.#wishes;
    const parts = [this.#wishes.fingerprint, host.identity.expression, String(this.#runner.options.repeat)];
    this.#cache = await OutcomeCache.open(fingerprint(parts), resume);
  }

  know(candidates: readonly Candidate[]): void {
    for (const candidate of candidates) {
      if (!this.#candidates.has(candidate.name)) this.#candidates.set(candidate.name, candidate);
    }
  }

  #host(assignment: Assignment): HostModel {
    return changeHost(this.#wishes.host, choicesOf(assignment, this.#candidates));
  }

  refusals(assignment: Assignment, { summary }: Seen): readonly Denial[] {
    return summary ? refusalsIn(summary, this.#host(assignment)) : [];
  }

  /** What the search may know of an execution. */
  observation(assignment: Assignment, seen: Seen): Observation {
    const { summary, observation } = seen;
    if (!summary) return observation;
    const host = this.#host(assignment);
    const refused = refusedCalls(summary, host);
    const known = [...this.#candidates.values()];
    const { limit } = this.#wishes;
    const discovered = limit
      ? furtherEntries(refused, limit, known)
      : candidatesOf(refusalsIn(summary, host), refused, this.#wishes.host, known);
    // The new ones too: what this run gave is no proof for one in which they are raised.
    const own = candidatesByCall([...known, ...discovered]);
    return {
      ...observation,
      // A trace that was cut does not tell what was not called.
      ...(summary.complete
        ? { called: new Set(summary.calls.flatMap(({ call }) => [call.name, ...own(call)])) }
        : {}),
      refused: [...new Set(refused.flatMap(own))],
      ...(discovered.length > 0 ? { discovered } : {}),
    };
  }

  async observe(
    assignment: Assignment,
    phase: Phase | 'host',
    repetition: number,
    traced: boolean,
  ): Promise<Result<{ seen: Seen }>> {
    const { timeoutSeconds, seconds } = this.#baseline;
    const options: ExperimentOptions = {
      traced: traced && (phase === 'host' || (this.#wishes.traced ?? TRACED).includes(phase)),
      // What follows a refusal is told of the host as it is, and asked of no experiment.
      ...(phase === 'host' ? {} : { watched: [...new Set([...this.#candidates.values()].map(syscallOf))] }),
      timeoutSeconds: timeoutSeconds * (repetition > 0 ? 2 : 1),
      hangIsFailure: (trace) =>
        seconds * 5 <= timeoutSeconds && (!trace || refusalsIn(trace, this.#host(assignment)).length > 0),
      isWell: async (what) => {
        const bare = withoutFilter(this.#wishes.host);
        const well = await this.#runner.experiment(bare, { traced: false, timeoutSeconds, once: true });
        if (!well.ok) return false;
        return what === 'pass'
          ? well.value.observation.outcome === 'pass'
          : well.value.result?.ended === 'exited';
      },
    };
    const host = phase === 'baseline' ? withoutFilter(this.#wishes.host) : this.#host(assignment);
    const seen = await this.#runner.experiment(host, options);
    return seen.ok ? ok({ seen: seen.value }) : seen;
  }

  async #answer(experiment: Experiment): Promise<Answer> {
    const cached = this.#cache?.get(idOf(experiment));
    if (cached) return { cached };
    const { deadline, signal } = this.#wishes;
    if (signal.aborted) return 'stop';
    if (deadline !== undefined && Date.now() >= deadline) return 'late';
    const { assignment, phase, repetition } = experiment;
    const answer = await this.observe(assignment, phase, repetition, true);
    return answer.ok ? answer.value : 'stop';
  }

  /** Only now is it looked at with what is known so far: not when it ended, which depends on what ran beside it. */
  async #reply(need: Experiment): Promise<Reply> {
    const answer = await this.#running.get(idOf(need))!;
    if (typeof answer === 'string') return answer;
    if ('cached' in answer) return answer.cached;
    const observation = this.observation(need.assignment, answer.seen);
    await this.#cache?.put(idOf(need), observation);
    // Nobody asks for this one again, and its trace is large.
    this.#running.delete(idOf(need));
    return observation;
  }

  /** Starts an experiment unless it runs or ran; `free` says whether a worker is to be had. */
  #start(experiment: Experiment, wait: boolean): void {
    const id = idOf(experiment);
    if (this.#running.has(id) || (!wait && this.#active >= this.#wishes.jobs)) return;
    this.#active++;
    this.#running.set(
      id,
      this.#answer(experiment).finally(() => {
        this.#active--;
      }),
    );
  }

  /**
   * Answers in the order of the requests, so that the result does not depend on which execution ends first. Idle
   * workers run what is likely to be asked next; what then is not asked for is not counted.
   */
  async drive(asking: Asking<Solution>) {
    let step = asking.next();
    while (!step.done) {
      const { need, likely, best, done, remaining } = step.value;
      const tell = (last?: MinimizeProgress['last']): void =>
        this.#wishes.onProgress({
          phase: need.phase,
          done,
          remaining: Math.min(remaining, this.#wishes.search.budget - done),
          best: best && [...best.keys()].sort(),
          ...(last ? { last } : {}),
        });
      tell();
      this.#start(need, true);
      if (this.#wishes.jobs > 1) for (const guess of likely) this.#start(guess, false);
      let reply: Reply;
      try {
        reply = await this.#reply(need);
      } catch (error) {
        // The search ends with the best so far.
        step = asking.throw(error);
        continue;
      }
      if (typeof reply === 'object') {
        this.know(reply.discovered ?? []);
        const { outcome, seconds, why } = reply;
        tell({ what: inWords(need, best), outcome, seconds, ...(why === undefined ? {} : { why }) });
      }
      step = asking.next(reply);
    }
    return step.value;
  }
}
