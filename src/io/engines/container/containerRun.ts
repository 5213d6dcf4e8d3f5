import { setTimeout as sleep } from 'node:timers/promises';
import { fail, ok, type Result } from '../../../core/failure.ts';
import { keepTail, type Started } from '../../process/exec.ts';
import { ownerValue } from '../../process/owner.ts';
import type { BesideResult, Job, JobResult } from '../engine.ts';
import { hear } from './asking.ts';
import { besideArguments } from './containerBeside.ts';
import { type ContainerCli, type ContainerServer, lastLine } from './containerCli.ts';
import { Ending } from './containerEnding.ts';
import { exitOf } from './containerExit.ts';
import { putFiles } from './containerFiles.ts';
import { type Followed, follow, TraceOutput } from './containerFollow.ts';
import { OWNER_LABEL, remove } from './containerOwner.ts';
import { profileFor } from './containerProfile.ts';
import { type ContainerState, heldHere, stateOf } from './containerState.ts';
import { targetArguments } from './containerTarget.ts';
import {
  ATTACH_PATH,
  HOLD_PATH,
  helpersFor,
  putProgram,
  tracerArguments,
  tracerImage,
} from './containerTracer.ts';
import { asStraceText } from './filterInForce.ts';

const TAIL = 64 * 1024;

/** Runs one job in a container of its own; whatever was made for it is removed before this settles. */
export async function runInContainer(
  cli: ContainerCli,
  server: ContainerServer,
  job: Job,
): Promise<Result<JobResult>> {
  if (job.image === undefined) {
    return fail('usage', `${cli.program} needs to know the image`, { hint: 'name it with --image' });
  }
  if (job.rootfs !== undefined) {
    return fail('usage', `${cli.program} takes no root file system`, {
      hint: `use --engine bubblewrap, or make an image of it: tar -C ${job.rootfs} -c . | ${cli.shown('import', '-', 'NAME')}`,
    });
  }
  const profile = await profileFor(job, server);
  if (!profile.ok) return profile;
  const made: string[] = [];
  const ending = new Ending(cli, job, made);
  const output = job.tracing && new TraceOutput(job.tracing);
  try {
    const run = new ContainerRun(cli, server, { ...job, image: job.image }, made, ending, output);
    const result = await run.go(profile.value.file);
    if (!result.ok || profile.value.notes.length === 0) return result;
    return ok({ ...result.value, notes: [...profile.value.notes, ...(result.value.notes ?? [])] });
  } finally {
    ending.stop();
    await output?.close(undefined);
    await remove(cli, made);
    await profile.value.remove();
  }
}

interface Tracer {
  readonly image: string;
  /** Address of hold's word, hex. */
  readonly released: string;
  /** The attach program, base64. */
  readonly attach: string;
}

class ContainerRun {
  readonly #cli: ContainerCli;
  readonly #server: ContainerServer;
  readonly #job: Job & { readonly image: string };
  readonly #made: string[];
  readonly #ending: Ending;
  readonly #output: TraceOutput | undefined;
  readonly #label = `${OWNER_LABEL}=${ownerValue()}`;
  readonly #besides: Promise<BesideResult>[] = [];
  #over = false;

  constructor(
    cli: ContainerCli,
    server: ContainerServer,
    job: Job & { readonly image: string },
    made: string[],
    ending: Ending,
    output: TraceOutput | undefined,
  ) {
    this.#cli = cli;
    this.#server = server;
    this.#job = job;
    this.#made = made;
    this.#ending = ending;
    this.#output = output;
  }

  async go(profileFile: string | undefined): Promise<Result<JobResult>> {
    const job = this.#job;
    const image = await this.#pull();
    if (!image.ok) return image;
    const target = await this.#create(targetArguments(this.#cli, this.#label, job, profileFile));
    if (!target.ok) return target;
    const put = await putFiles(this.#cli, target.value, job.container?.files ?? []);
    if (!put.ok) return put;
    const tracer = this.#output ? await this.#prepare(target.value) : ok(undefined);
    if (!tracer.ok) return tracer;
    if (this.#ending.why !== undefined) return fail('interrupted', 'stopped before the command was started');

    const begun = process.hrtime.bigint();
    const captured = job.stdio === 'capture';
    const command = this.#cli.start(
      ['start', '--attach', ...(captured ? [] : ['--interactive']), target.value],
      { stdio: job.stdio, ownSession: captured },
    );
    this.#ending.attached = command.pid;
    const stdout = keepTail(command.stdout, TAIL);
    const stderr = keepTail(command.stderr, TAIL);
    if (job.onOutput) hear([command.stdout, command.stderr], job.onOutput);
    const ask = (): void => {
      void this.#cli.capture(['kill', '--signal', 'TERM', target.value], { timeoutSeconds: 20 });
    };
    job.ask?.addEventListener('abort', ask, { once: true });
    const announced = job.onRunning ? this.#announce(target.value, command, job.onRunning) : undefined;
    const followed =
      tracer.value && this.#output
        ? await this.#follow(target.value, tracer.value, this.#output, command)
        : undefined;
    if (followed?.trouble !== undefined) await remove(this.#cli, [target.value]);
    await command.ended;
    this.#over = true;
    job.ask?.removeEventListener('abort', ask);
    const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
    const state = await this.#ended(target.value);
    // Their processes end with the target's; what was being made is removed with the rest.
    await announced;
    await Promise.all(this.#besides);
    const fault = followed?.fault;
    // No code says how the command of a container that is gone ended: we killed it, or nobody knows.
    const told = state.known || followed?.status !== undefined;
    const killed = fault ?? (!told && this.#ending.why !== undefined ? 'SIGKILL' : undefined);
    const exit = killed !== undefined ? { signal: killed } : told ? exitOf(state.code, followed?.status) : {};
    const whole = followed?.trouble === undefined && this.#ending.why === undefined && state.known;
    await this.#output?.close(whole ? exit : undefined);
    this.#ending.stop();
    return ok({
      exit: this.#ending.why === 'timeout' ? { ...exit, timedOut: true } : exit,
      seconds,
      stdout: stdout(),
      stderr: stderr(),
      ...received(this.#ending.received, fault),
      ...(state.image === '' ? {} : { imageId: state.image }),
      ...filterParts(followed),
      ...this.#verdict(followed, state, stderr()),
    });
  }

  /** The state once the container has ended: while it runs, engines say that its exit code is 0. */
  async #ended(target: string): Promise<ContainerState> {
    let state = await stateOf(this.#cli, target);
    for (let round = 0; round < 50 && state.running && this.#ending.why === undefined; round++) {
      await sleep(100);
      state = await stateOf(this.#cli, target);
    }
    return state;
  }

  /** Fetches the image where it is not there. Apart from `create`, so that it can be stopped without leaving anything. */
  async #pull(): Promise<Result<undefined>> {
    const { image, container, signal } = this.#job;
    const there = await this.#cli.capture(['image', 'inspect', '--format', '{{.Id}}', image], {
      timeoutSeconds: 30,
    });
    if (there.status === 0) return ok(undefined);
    const platform = container?.platform === undefined ? [] : [`--platform=${container.platform}`];
    const said = await this.#cli.capture(['pull', '--quiet', ...platform, image], {
      timeoutSeconds: 3600,
      ...(signal ? { signal } : {}),
    });
    if (said.status === 0) return ok(undefined);
    if (signal?.aborted) return fail('interrupted', 'stopped while the image was fetched');
    return fail(
      'undecided',
      `there is no image ${image} here, and it can't be fetched: ${lastLine(said.stderr)}`,
    );
  }

  /** Not stopped by the signal: a container that is made after all would be nobody's. */
  async #create(args: readonly string[]): Promise<Result<string>> {
    const said = await this.#cli.capture(args, { timeoutSeconds: 300 });
    const id = said.stdout.trim().split('\n').at(-1) ?? '';
    if (said.status === 0 && /^[0-9a-f]{12,}$/.test(id)) {
      this.#made.push(id);
      return ok(id);
    }
    return fail('undecided', `${this.#cli.program} did not make the container: ${lastLine(said.stderr)}`);
  }

  /** Everything that can be done before the target runs: the tracer image, the helper in the target. */
  async #prepare(target: string): Promise<Result<Tracer>> {
    const helpers = helpersFor(this.#server);
    if (!helpers.ok) return helpers;
    const { container, image: base, signal } = this.#job;
    const [image, put] = await Promise.all([
      tracerImage(this.#cli, container?.tracerImage, base, signal),
      putProgram(this.#cli, target, helpers.value.hold, HOLD_PATH),
    ]);
    if (!image.ok) return image;
    if (!put.ok) return put;
    return ok({ image: image.value, released: helpers.value.released, attach: helpers.value.attach });
  }

  /** Traces the held target from beside it until it has ended; undefined when it never ran. */
  async #follow(
    target: string,
    tracer: Tracer,
    output: TraceOutput,
    command: Started,
  ): Promise<Followed | undefined> {
    if (!(await this.#untilRunning(target, command))) return undefined;
    const { onHeld, tracing } = this.#job;
    const options = tracing?.options ?? [];
    const held = onHeld && (await heldHere(this.#cli, target));
    if (held !== undefined) await onHeld?.(held, false);
    const created = await this.#create(
      tracerArguments(this.#cli, this.#label, target, tracer.image, tracer.released, options),
    );
    if (!created.ok) return notFollowed(created.failure.what);
    const put = await putProgram(this.#cli, created.value, tracer.attach, ATTACH_PATH);
    if (!put.ok) return notFollowed(put.failure.what);
    return follow(this.#cli, target, created.value, output, () => this.#ending.why !== undefined);
  }

  async #announce(target: string, command: Started, tell: NonNullable<Job['onRunning']>): Promise<void> {
    if (!(await this.#untilRunning(target, command))) return;
    tell((script, image) => {
      const running = this.#beside(target, script, image);
      this.#besides.push(running);
      return running;
    });
  }

  async #beside(target: string, script: string, image: 'own' | 'tracer'): Promise<BesideResult> {
    const { container, image: own, signal } = this.#job;
    const found =
      image === 'own' ? ok(own) : await tracerImage(this.#cli, container?.tracerImage, own, signal);
    if (!found.ok) return { said: found.failure.what };
    if (this.#over) return { said: 'the container has ended' };
    const args = besideArguments(
      this.#cli,
      this.#label,
      target,
      found.value,
      script,
      image === 'own' ? this.#job : undefined,
    );
    const created = await this.#create(args);
    if (!created.ok) return { said: created.failure.what };
    const ran = await this.#cli.capture(['start', '--attach', created.value], { maxBytes: TAIL });
    return {
      ...(ran.status === undefined ? {} : { status: ran.status }),
      said: `${ran.stdout}\n${ran.stderr}`,
    };
  }

  /** Waits until the held container runs; false when it ended or could not be started. */
  async #untilRunning(target: string, command: Started): Promise<boolean> {
    let over = false;
    void command.ended.then(() => {
      over = true;
    });
    while (!over && this.#ending.why === undefined) {
      if ((await stateOf(this.#cli, target)).running) return true;
      if (!over) await sleep(30);
    }
    return false;
  }

  #verdict(
    followed: Followed | undefined,
    state: ContainerState,
    stderr: string,
  ): Pick<JobResult, 'ended' | 'trouble' | 'lost'> {
    const { why } = this.#ending;
    const failed = (trouble: string) => ({ ended: 'engine-failed', trouble }) as const;
    const lost = (trouble: string) => ({ ...failed(trouble), lost: true }) as const;
    if (why === 'timeout') {
      return { ended: 'timeout', trouble: `stopped after its time limit of ${this.#job.timeoutSeconds} s` };
    }
    if (why === 'aborted') return { ended: 'aborted', trouble: 'stopped on request' };
    if (followed?.trouble !== undefined) {
      return { ended: followed.started ? 'tracer-died' : 'engine-failed', trouble: followed.trouble };
    }
    if (!state.known) return lost(`${this.#cli.program} does not know any more whether the container runs`);
    if (state.running) return lost(`${this.#cli.program} let go of the container while it was running`);
    if (state.error !== '') return failed(state.error);
    if (state.outOfMemory) return lost('the container ran out of memory');
    if (this.#output && !followed?.started) return failed(lastLine(stderr) || 'the container did not start');
    // Two witnesses; where they differ, neither is believed.
    const told = followed?.fault === undefined ? followed?.status : undefined;
    if (told !== undefined && told !== state.code) {
      return lost(
        `the trace says that the command ended with status ${told}, ${this.#cli.program} says ${state.code}`,
      );
    }
    return { ended: 'exited' };
  }
}

/** Signals that asked us to stop; at the container's own terminal Ctrl-C goes to the command, past us. */
function received(ours: readonly string[], fault: string | undefined): Pick<JobResult, 'received'> {
  const typed = fault === 'SIGINT' || fault === 'SIGQUIT' ? [fault] : [];
  const all = ours.length > 0 ? ours : typed;
  return all.length > 0 ? { received: all } : {};
}

function notFollowed(trouble: string): Followed {
  const report = { filters: undefined, said: '', noStrace: false };
  return { started: false, status: undefined, fault: undefined, report, trouble };
}

function filterParts(followed: Followed | undefined): Pick<JobResult, 'filters' | 'filterInForce' | 'notes'> {
  const { filters, whyNot } = followed?.report ?? {};
  return {
    ...(filters === undefined ? {} : { filters, filterInForce: filters.map(asStraceText).join('') }),
    ...(whyNot === undefined ? {} : { notes: [`the filter in force could not be read: ${whyNot}`] }),
  };
}
