import { fail, ok, type Result } from '../core/failure.ts';
import type { HostModel } from '../core/hosts/host.ts';
import { blockedOn } from '../core/judge.ts';
import { changeHost, choicesOf } from '../core/minimize/changeHost.ts';
import { candidatesOf, isByFilter } from '../core/minimize/lattice.ts';
import {
  type Assignment,
  type Candidate,
  type Experiment,
  NOTHING,
  type Observation,
  type Phase,
} from '../core/minimize/problem.ts';
import { refusalsIn, withoutFilter } from '../core/minimize/refused.ts';
import { type SearchOptions, type Solution, search } from '../core/minimize/search.ts';
import type { Denial } from '../core/report.ts';
import type { TraceSummary } from '../core/trace/event.ts';
import { type ExperimentOptions, Runner, type RunnerOptions, type Seen } from './minimizeRunner.ts';
import { fingerprint, OutcomeCache } from './outcomeCache.ts';

export interface MinimizeWishes {
  readonly runner: RunnerOptions;
  /** The host whose filter is the question. */
  readonly host: HostModel;
  /** True when the failing run uses the engine's own filter; the experiments give changed profiles all the same. */
  readonly search: Omit<SearchOptions, 'deterministic'>;
  /** Milliseconds since the epoch after which nothing more is started. */
  readonly deadline?: number;
  /** Seconds; default: from the baseline's duration. */
  readonly timeoutSeconds?: number;
  readonly jobs: number;
  /** Raised by itself when the baseline is flaky and the user did not choose. */
  readonly repeatChosen: boolean;
  /** Everything that an outcome depends on besides the filter. */
  readonly fingerprint: string;
  readonly resume: boolean;
  readonly signal: AbortSignal;
  onProgress(progress: MinimizeProgress): void;
}

export interface MinimizeProgress {
  readonly phase: Phase | 'baseline' | 'host';
  readonly done: number;
  readonly remaining: number;
  readonly best: string | undefined;
  readonly last?: {
    readonly key: string;
    readonly outcome: Observation['outcome'];
    readonly seconds: number;
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

export interface Minimized {
  readonly host: HostModel;
  readonly baseline: Baseline;
  /** `nothing-to-fix`: it passes there as it is; `no-fix`: no change of the profile helps. */
  readonly outcome: 'fixed' | 'nothing-to-fix' | 'no-fix' | 'interrupted';
  readonly solution?: Solution;
  /** What the filter refuses in the run as the host is. */
  readonly denials: readonly Denial[];
  /** Refused by that host's kernel: no profile can cure it. */
  readonly lackedByKernel: readonly Denial[];
  readonly executions: number;
  readonly notes: readonly string[];
}

/** Quick commands are run more often: it costs nothing, and shows that a command is flaky. */
const QUICK_SECONDS = 6;
const MOST_BASELINES = 10;
const FLAKY_REPEAT = 5;

/** The whole question from the baseline to the proof (design §5). */
export async function minimize(wishes: MinimizeWishes): Promise<Result<Minimized>> {
  const { host } = wishes;
  const runner = new Runner(wishes.runner);
  const notes: string[] = [];
  const begun = await measureBaseline(runner, wishes);
  if (!begun.ok) return begun;
  const { baseline, summary } = begun.value;
  if (baseline.flaky) {
    notes.push(`the command is flaky: unconfined it passed ${baseline.passed} of ${baseline.runs} times`);
    if (!wishes.repeatChosen) {
      runner.options.repeat = FLAKY_REPEAT;
      notes.push(`each experiment is run ${FLAKY_REPEAT} times and voted (--repeat chooses another number)`);
    }
  }
  const session = new Session(wishes, runner, baseline);
  await session.open();

  wishes.onProgress({ phase: 'host', done: 0, remaining: 1, best: undefined });
  const first = await session.observe(NOTHING, 'host', 0, true);
  if (!first.ok) return first;
  const { seen } = first.value;
  const predicted = summary ? blockedOn([summary], host) : [];
  const denials = session.refusals(NOTHING, seen);
  const lackedByKernel = predicted.filter(({ cause }) => cause === 'kernel');
  const common = { host, baseline, denials, lackedByKernel };
  if (seen.observation.outcome === 'unresolved') {
    return fail(
      'undecided',
      `the run as ${host.identity.expression} gave no answer: ${seen.observation.why ?? ''}`,
      {
        hint: 'see --timeout and --retries',
      },
    );
  }
  if (seen.observation.outcome === 'pass') {
    return ok({ ...common, outcome: 'nothing-to-fix', executions: runner.executions, notes });
  }
  const upfront = candidatesOf(
    [...denials, ...predicted.filter((denial) => isByFilter(denial) && !denial.uncertain)],
    [...(seen.summary?.calls ?? []), ...(summary?.calls ?? [])],
    host,
  );
  session.know(upfront);
  if (upfront.length === 0) {
    notes.push('it fails there although the filter refused nothing that could be seen');
    return ok({ ...common, outcome: 'no-fix', executions: runner.executions, notes });
  }
  const problem = {
    candidates: upfront,
    known: [{ assignment: NOTHING, observation: session.observation(NOTHING, seen) }],
  };
  const solution = await session.drive(search(problem, { ...wishes.search, deterministic: !baseline.flaky }));
  const outcome = solution.best ? 'fixed' : solution.stopped ? 'interrupted' : 'no-fix';
  return ok({ ...common, outcome, solution, executions: runner.executions, notes });
}

async function measureBaseline(
  runner: Runner,
  wishes: MinimizeWishes,
): Promise<Result<{ baseline: Baseline; summary: TraceSummary | undefined }>> {
  const bare = withoutFilter(wishes.host);
  const limit = wishes.timeoutSeconds === undefined ? {} : { timeoutSeconds: wishes.timeoutSeconds };
  let [runs, passed, seconds, spent] = [0, 0, 0, 0];
  let summary: TraceSummary | undefined;
  let why = '';
  const { repeat } = runner.options;
  runner.options.repeat = 1;
  const rounds = Math.max(2, wishes.repeatChosen ? repeat : 2);
  // The first is traced: what it calls decides what may be refused.
  for (; runs < rounds || (spent < QUICK_SECONDS && runs < MOST_BASELINES); ) {
    wishes.onProgress({
      phase: 'baseline',
      done: runs,
      remaining: Math.max(1, rounds - runs),
      best: undefined,
    });
    const seen = await runner.experiment(bare, { traced: runs === 0, ...limit });
    if (!seen.ok) return seen;
    const { observation } = seen.value;
    if (observation.outcome === 'unresolved') {
      return fail('undecided', `without a filter the command gives no answer: ${observation.why ?? ''}`, {
        hint: 'this is no question of seccomp; see --timeout, --ready and --test',
      });
    }
    runs++;
    spent += observation.seconds;
    if (observation.outcome === 'pass') {
      passed++;
      seconds = Math.max(seconds, observation.seconds);
      summary = seen.value.summary ?? summary;
    } else {
      why = observation.why ?? '';
      const said = seen.value.result?.stderr.trim().split('\n').at(-1);
      if (said) why += ` (${said})`;
      if (runs >= 3 && passed === 0) break;
    }
  }
  runner.options.repeat = repeat;
  if (passed === 0) {
    return fail('undecided', `without a filter the command fails too: ${why}`, {
      hint: 'then no change of a seccomp profile can cure it; see --test and --expect-output for what counts as a pass',
    });
  }
  const timeoutSeconds = wishes.timeoutSeconds ?? Math.max(10, Math.ceil(5 * seconds));
  return ok({ baseline: { runs, passed, flaky: passed < runs, seconds, timeoutSeconds }, summary });
}

/** One search with its executions: cache, parallel speculation, progress. */
class Session {
  readonly #wishes: MinimizeWishes;
  readonly #runner: Runner;
  readonly #baseline: Baseline;
  readonly #candidates = new Map<string, Candidate>();
  readonly #running = new Map<string, Promise<Observation | 'stop'>>();
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
    const denials = refusalsIn(summary, host);
    const refused = [...new Set(denials.map(({ syscall }) => syscall))];
    const unknown = denials.filter(({ syscall }) => !this.#candidates.has(syscall));
    const discovered = candidatesOf(unknown, summary.calls, host);
    return {
      ...observation,
      // A trace that was cut does not tell what was not called.
      ...(summary.complete ? { called: new Set(summary.calls.map(({ call }) => call.name)) } : {}),
      refused,
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
      // The proof is made without a tracer: as it will be used.
      traced: traced && phase !== 'confirm',
      timeoutSeconds: timeoutSeconds * (repetition > 0 ? 2 : 1),
      hangIsFailure: (trace) =>
        seconds * 5 <= timeoutSeconds && (!trace || refusalsIn(trace, this.#host(assignment)).length > 0),
      startIsWell: async () => {
        const bare = withoutFilter(this.#wishes.host);
        const well = await this.#runner.execute(bare, { traced: false, timeoutSeconds });
        return well.ok && well.value.result.ended === 'exited';
      },
    };
    const seen = await this.#runner.experiment(this.#host(assignment), options);
    return seen.ok ? ok({ seen: seen.value }) : seen;
  }

  async #answer({ assignment, key, phase, repetition }: Experiment): Promise<Observation | 'stop'> {
    const entry = `${key}#${repetition}`;
    const cached = this.#cache?.get(entry);
    if (cached) return cached;
    const { deadline, signal } = this.#wishes;
    if (signal.aborted || (deadline !== undefined && Date.now() >= deadline)) return 'stop';
    const answer = await this.observe(assignment, phase, repetition, true);
    if (!answer.ok) return 'stop';
    const observation = this.observation(assignment, answer.value.seen);
    await this.#cache?.put(entry, observation);
    return observation;
  }

  /** Starts an experiment unless it runs or ran; `free` says whether a worker is to be had. */
  #start(experiment: Experiment, wait: boolean): void {
    const id = `${experiment.key}#${experiment.repetition}`;
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
  async drive(
    asking: Generator<import('../core/minimize/problem.ts').Request, Solution, Observation | 'stop'>,
  ) {
    let step = asking.next();
    while (!step.done) {
      const { need, likely, best, done, remaining } = step.value;
      const tell = (last?: MinimizeProgress['last']): void =>
        this.#wishes.onProgress({
          phase: need.phase,
          done,
          remaining,
          best: best && [...best.keys()].sort().join(', '),
          ...(last ? { last } : {}),
        });
      tell();
      this.#start(need, true);
      if (this.#wishes.jobs > 1) for (const guess of likely) this.#start(guess, false);
      const observation = await this.#running.get(`${need.key}#${need.repetition}`)!;
      if (observation !== 'stop') {
        this.know(observation.discovered ?? []);
        tell({ key: need.key, outcome: observation.outcome, seconds: observation.seconds });
      }
      step = asking.next(observation);
    }
    return step.value;
  }
}
