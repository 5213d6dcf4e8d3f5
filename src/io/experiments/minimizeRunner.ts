import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../core/failure.ts';
import type { HostModel } from '../../core/hosts/host.ts';
import type { Observation } from '../../core/minimize/problem.ts';
import { grantedIn } from '../../core/minimize/refused.ts';
import { testedArguments } from '../../core/minimize/values.ts';
import { Vote } from '../../core/minimize/vote.ts';
import type { TraceSummary } from '../../core/strace/grammar/event.ts';
import { doubtAbout } from '../engines/container/filterCheck.ts';
import type { Job, JobResult } from '../engines/engine.ts';
import { temporaryFolder } from '../files/temporary.ts';
import type { Mounts } from '../images/mounts.ts';
import type { Snapshot, Snapshots } from '../images/snapshot.ts';
import { type Readiness, readReadiness, type Watched, watchReadiness } from '../recording/ready.ts';
import { type Recorder, record } from '../recording/record.ts';
import type { Strace } from '../recording/strace.ts';
import { type Expectations, type Reading, readResult, shortageOf, tellingLine } from './minimizeOutcome.ts';
import { Recorders } from './recorders.ts';
import { type Shortage, watchShortage } from './shortage.ts';
import { type Site, Sites } from './sites.ts';

export interface RunnerOptions {
  /** The host in question: what its profile tests is recorded. */
  readonly host?: HostModel;
  readonly sites: readonly Site[];
  /** Told of each site that is left out from then on, in a sentence. */
  readonly onLost?: (what: string) => void;
  /** Undefined: the engine's own file system is fresh each time, or the command writes nothing. */
  readonly snapshots: Snapshots | undefined;
  /** Folders mounted into containers that a run may write to: each run gets fresh copies. */
  readonly mounts?: Mounts['copied'];
  /** Undefined: executions are not traced. */
  strace: Strace | undefined;
  /** Arguments that are recorded besides those that the profile of `host` tests, by syscall. */
  readonly recorded?: Readonly<Record<string, readonly number[]>>;
  readonly expectations: Expectations;
  readiness?: Readiness;
  /** Executions per vote. */
  repeat: number;
  /** Passes in a row that make a pass, for answers that must hold; default 1. */
  readonly passes?: number;
  /** Further tries after an execution that said nothing. */
  readonly retries: number;
  readonly signal: AbortSignal;
}

interface Executed {
  readonly site: Site;
  readonly summary?: TraceSummary;
  readonly result: JobResult;
  /** Only with `readiness`. */
  readonly watched?: Watched;
  readonly shortage?: Shortage;
  /** What the recording kept a program from: the outcome may be due to that. */
  readonly disturbed?: string;
}

/** What one experiment gave, with its last execution; of the traces of a vote, the one that came farthest. */
export interface Seen {
  readonly observation: Observation;
  readonly watched?: Watched;
  readonly summary?: TraceSummary;
  readonly result?: JobResult;
}

export interface ExperimentOptions {
  readonly traced: boolean;
  /**
   * That these were called, and what is refused, is all that is asked of a traced execution: then it may be recorded at the
   * speed of the command alone.
   */
  readonly watched?: readonly string[];
  /** Undefined: none (a baseline has its own patience). */
  readonly timeoutSeconds?: number;
  /** A single execution decides. */
  readonly once?: boolean;
  /**
   * Whether a time-out that repeats itself counts as a failure: the baseline is much quicker than the limit, and the
   * filter refused something in the run (where there is a trace).
   */
  hangIsFailure?(trace: TraceSummary | undefined): boolean;
  /** Says after a failure that may be the machine's whether the command passes, or at least starts, without a filter now. */
  isWell?(what: 'start' | 'pass'): Promise<boolean>;
}

/** What the command itself said about its failure. */
function withWords(why: string | undefined, stderr: string): string | undefined {
  const line = tellingLine(stderr);
  if (line === undefined) return why;
  const short = line.length > 160 ? `${line.slice(0, 159)}…` : line;
  return why === undefined ? short : `${why}: ${short}`;
}

type ExecuteOptions = Pick<ExperimentOptions, 'traced' | 'watched' | 'timeoutSeconds'>;

/** Makes executions, each from the same state, and turns them into one answer. */
export class Runner {
  readonly options: RunnerOptions;
  /** Every execution, repetitions and retries too. */
  executions = 0;
  readonly #sites: Sites;
  /** Arguments that the profile in question tests. */
  readonly #tested: ReadonlyMap<string, readonly number[]>;
  readonly #recorders: Recorders;
  /** Which image each place has used so far. */
  readonly #images = new Map<Site, string>();

  constructor(options: RunnerOptions) {
    this.options = options;
    this.#sites = new Sites(options.sites, options.onLost);
    this.#tested = new Map([
      ...Object.entries(options.recorded ?? {}),
      ...(options.host ? testedArguments(options.host) : []),
    ]);
    this.#recorders = new Recorders(this.#tested);
  }

  /** Votes until the question is decided. Fails only if the user stopped it. */
  async experiment(host: HostModel | undefined, options: ExperimentOptions): Promise<Result<Seen>> {
    const vote = new Vote(this.options.repeat, options.once ? 1 : this.options.passes);
    let last: Executed | undefined;
    let farthest: TraceSummary | undefined;
    let silent: Reading | undefined;
    let [hung, lost, alike] = [0, 0, 0];
    while (vote.verdict() === undefined) {
      if (this.options.signal.aborted) return fail('interrupted', 'stopped on request');
      const once = await this.execute(host, options);
      if (!once.ok) {
        if (this.options.signal.aborted) return fail('interrupted', 'stopped on request');
        // The engine itself said no: a daemon that is gone, a full disk.
        silent = { outcome: 'unresolved', why: once.failure.what };
        if (++lost > this.options.retries) break;
        continue;
      }
      last = once.value;
      const { result, summary } = last;
      const reading = await this.#read(last, host);
      if (result.ended === 'aborted' && this.options.signal.aborted) {
        return fail('interrupted', 'stopped on request');
      }
      if (reading.outcome === 'fail' && !(await this.#isTheFiltersDoing(last.site, host, options))) continue;
      if (reading.outcome !== 'unresolved') {
        const why = reading.outcome === 'fail' ? withWords(reading.why, result.stderr) : reading.why;
        // A flaky command that ends early shows nothing of what it would have called.
        if (summary && summary.calls.length >= (farthest?.calls.length ?? 0)) farthest = summary;
        vote.add({
          outcome: reading.outcome,
          seconds: result.seconds,
          ...(why === undefined ? {} : { why }),
        });
        continue;
      }
      silent = reading;
      if (reading.trouble === 'hung') hung++;
      if (reading.trouble === 'killed' || reading.trouble === 'no-space') alike++;
      if (++lost <= this.options.retries) continue;
      if (hung === lost && options.hangIsFailure?.(last.summary)) {
        const why = `hung ${hung} times of ${hung}, ${options.timeoutSeconds} s each`;
        return ok({ observation: { outcome: 'fail', why, seconds: result.seconds }, ...last });
      }
      // Every time under the filter, without one not even now: it is the command that ends so.
      if (alike === lost && (await options.isWell?.('pass'))) {
        const why = withWords(
          `${reading.why} ${alike} times of ${alike}, and passes without a filter`,
          result.stderr,
        );
        return ok({ observation: { outcome: 'fail', why: why!, seconds: result.seconds }, ...last });
      }
      if (reading.trouble === 'not-started' && (await options.isWell?.('start'))) {
        const why = `the command can't be started under it: ${reading.why}`;
        return ok({ observation: { outcome: 'fail', why, seconds: result.seconds }, ...last });
      }
      break;
    }
    const observation = vote.observation();
    const why = observation.outcome === 'unresolved' && vote.cast === 0 ? silent?.why : observation.why;
    return ok({
      observation: { ...observation, ...(why === undefined ? {} : { why }) },
      ...(last ?? {}),
      ...(farthest ? { summary: farthest } : {}),
    });
  }

  /** What one execution says; nothing, if the filter in force was not the one that was asked for. */
  async #read(executed: Executed, host: HostModel | undefined): Promise<Reading> {
    const { result, watched, summary, site, shortage = {} } = executed;
    const { readiness } = this.options;
    const reading =
      watched && readiness
        ? readReadiness(result, watched, readiness)
        : readResult(result, this.options.expectations, shortageOf(shortage, result, summary));
    if (reading.outcome === 'unresolved' || host === undefined) return reading;
    const { imageId } = result;
    // Two daemons may hold the same name for different builds of an image; each must keep to its own.
    const before = imageId === undefined ? undefined : this.#images.get(site);
    if (imageId !== undefined && before === undefined) this.#images.set(site, imageId);
    if (before !== undefined && before !== imageId) {
      return {
        outcome: 'unresolved',
        why: `the image ${site.job.image} was replaced while the runs went on`,
      };
    }
    const called = summary?.complete ? new Set(summary.calls.map(({ call }) => call.name)) : undefined;
    const granted = summary && grantedIn(summary, host);
    const doubt =
      granted === undefined
        ? summary && (await doubtAbout(result, host, called))
        : `${granted} succeeded although ${host.identity.expression} refuses it: its filter was not in force`;
    return doubt === undefined ? reading : { outcome: 'unresolved', why: doubt };
  }

  /**
   * Whether a failure at one of several sites says something of the filter: a site that lost its network, or anything else that the
   * command needs, fails without one, too, and is left out.
   */
  async #isTheFiltersDoing(
    site: Site,
    host: HostModel | undefined,
    { timeoutSeconds }: ExperimentOptions,
  ): Promise<boolean> {
    if (!this.#sites.several || !site.job.network) return true;
    // Without a filter it fails at every site, or this one is to blame.
    const passes = async (): Promise<boolean> => {
      const where = host === undefined ? this.#sites.take(site) : site;
      const options = { traced: false, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) };
      const control = await this.#sites.watch(where, (gone) =>
        this.#executeAt(where, undefined, options, gone),
      );
      if (where !== site) this.#sites.release(where, false);
      return control?.ok === true && (await this.#read(control.value, undefined)).outcome === 'pass';
    };
    const passed = (await passes()) || (await passes());
    if (passed === (host !== undefined)) return true;
    this.#sites.lose(site, 'the command fails there without a filter, too');
    return false;
  }

  /** One execution in a fresh copy, at another site where the first one's engine does not answer any more. */
  async execute(host: HostModel | undefined, options: ExecuteOptions): Promise<Result<Executed>> {
    for (;;) {
      const site = this.#sites.take();
      const done = await this.#sites.watch(site, (gone) => this.#executeAt(site, host, options, gone));
      const troubled = !done?.ok || !['exited', 'aborted'].includes(done.value.result.ended);
      this.#sites.release(site, troubled);
      const silent = troubled && (done === undefined || !(await this.#sites.answers(site)));
      if (this.options.signal.aborted || !silent || !this.#sites.several) {
        return done ?? fail('undecided', `${site.engine.name} does not answer any more`);
      }
      this.#sites.lose(site, 'its engine does not answer any more');
    }
  }

  async #executeAt(
    site: Site,
    host: HostModel | undefined,
    options: ExecuteOptions,
    gone: AbortSignal,
  ): Promise<Result<Executed>> {
    const { traced, watched, timeoutSeconds } = options;
    if (!traced) return this.#executeOnce(site, host, { timeoutSeconds }, gone);
    const quick = watched && (await this.#recorders.notification(site.engine, host, watched));
    if (quick) {
      const done = await this.#executeOnce(site, host, { timeoutSeconds, recorder: quick }, gone);
      if (done.ok ? done.value.disturbed === undefined : done.failure.kind !== 'missing') return done;
      this.#recorders.giveUpNotification();
    }
    const recorder = this.#recorders.full(this.options.strace);
    return this.#executeOnce(site, host, { timeoutSeconds, recorder }, gone);
  }

  async #executeOnce(
    site: Site,
    host: HostModel | undefined,
    how: { readonly recorder?: Recorder | undefined; readonly timeoutSeconds: number | undefined },
    gone: AbortSignal,
  ): Promise<Result<Executed>> {
    const { recorder, timeoutSeconds } = how;
    const { snapshots, mounts = [], readiness } = this.options;
    this.executions++;
    const copies: Snapshot[] = [];
    const volumes: string[] = [];
    for (const { snapshots: source, target } of [
      ...(snapshots ? [{ snapshots, target: '' }] : []),
      ...mounts,
    ]) {
      const copy = await source.take();
      if (!copy.ok) {
        for (const made of copies) await made.remove();
        return copy;
      }
      copies.push(copy.value);
      if (target !== '') volumes.push(`${copy.value.path}:${target}`);
    }
    const tree = snapshots && copies[0];
    const watch = readiness && watchReadiness(readiness, site.job.container !== undefined);
    const watched = (result: JobResult) => (watch ? { watched: watch.seen(result) } : {});
    const job: Omit<Job, 'tracing'> = {
      ...site.job,
      stdio: 'capture',
      signal: AbortSignal.any([this.options.signal, gone, ...(watch ? [watch.kill] : [])]),
      ...(host === undefined ? {} : { host }),
      ...(tree ? { tree: tree.path } : {}),
      ...(volumes.length > 0 && site.job.container
        ? { container: { ...site.job.container, volumes: [...site.job.container.volumes, ...volumes] } }
        : {}),
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      ...(watch ? { onOutput: watch.onOutput, onRunning: watch.onRunning, ask: watch.ask } : {}),
    };
    const folder = temporaryFolder();
    const kernel = await watchShortage([folder, ...copies.map(({ path }) => path)]);
    // Of an engine on another machine, this one's kernel knows nothing but a lack of its own.
    const shortage = async () => {
      const { memory, ...rest } = await kernel.end();
      const unknown = memory === undefined || (!memory && site.job.container !== undefined);
      return { shortage: unknown ? rest : { memory, ...rest } };
    };
    try {
      if (!recorder) {
        const ran = await site.engine.run(job);
        return ran.ok ? ok({ site, result: ran.value, ...watched(ran.value), ...(await shortage()) }) : ran;
      }
      const recorded = await record({
        engine: site.engine,
        engineVersion: site.engineVersion,
        job,
        recorder,
        relevant: (name) => this.#tested.get(name) ?? [],
        output: join(folder, 'run.strace'),
        mode: recorder.method === 'notification' ? 'fast' : 'full',
      });
      if (!recorded.ok) return recorded;
      const { result, summary, disturbed } = recorded.value;
      return ok({
        site,
        result,
        summary,
        ...(disturbed === undefined ? {} : { disturbed }),
        ...watched(result),
        ...(await shortage()),
      });
    } finally {
      kernel.stop();
      watch?.stop();
      await rm(folder, { recursive: true, force: true });
      for (const made of copies) await made.remove();
    }
  }
}
