import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeptLayer } from '../../core/documents/layers.ts';
import { fail, ok, type Result } from '../../core/failure.ts';
import { forStrace } from '../files/files.ts';
import { sweepTemporary } from '../files/temporary.ts';
import { grantable } from '../machine/capabilities.ts';
import { type Captured, capture } from '../process/exec.ts';
import type { Availability, Engine, Job, JobResult, LayersHere } from './engine.ts';
import { type Filter, filterFor, type HiddenFile, hiddenFile } from './filter.ts';
import { type Gate, makeGate } from './gate.ts';
import { whyNotTraced } from './mayTrace.ts';
import { type Notification, notification } from './notify.ts';
import { rootfsArguments } from './rootfs.ts';
import { supervise } from './supervise.ts';

const BWRAP = 'bwrap';
const INSTALL = 'install it with the package manager, for example: apt-get install bubblewrap';

/**
 * The command under the filter without a daemon, and without root where user namespaces allow it:
 * `strace … bwrap --seccomp FD … CMD`. bwrap loads the filter as its last act before it executes the command, so
 * strace is outside and only the command is inside.
 */
export const bubblewrapEngine: Engine = {
  name: 'bubblewrap',
  setupExecs: 1,
  probe,
  layers: bubblewrapLayers,
  run,
};

let probed: Promise<Availability> | undefined;

function probe(): Promise<Availability> {
  probed ??= look();
  return probed;
}

async function look(): Promise<Availability> {
  // In a sandbox of its own it tells its version: one program started instead of two.
  const tried = await trial('--', BWRAP, '--version');
  if (tried.missing !== undefined) return { usable: false, why: tried.missing, hint: INSTALL };
  if (tried.status !== 0) {
    const said = tried.stderr.trim().split('\n')[0] ?? '';
    return {
      usable: false,
      why: said,
      hint: 'allow user namespaces (sysctl kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0), or run as root; in a container: --security-opt seccomp=unconfined --cap-add SYS_ADMIN',
    };
  }
  return { usable: true, version: tried.stdout.trim().replace(/^bubblewrap\s+/, '') };
}

let namespaces: Promise<boolean> | undefined;

/** Whether a process namespace with its own /proc can be made: what a job leaves behind dies with it. */
function canHaveOwnProcesses(): Promise<boolean> {
  namespaces ??= trial('--unshare-pid', '--proc', '/proc', '--', 'true').then(({ status }) => status === 0);
  return namespaces;
}

/** Times that a sandbox is tried again because of a lost mount. */
const ATTEMPTS = 3;

/** What bwrap says of these words with the whole file system in sight. */
async function trial(...words: string[]): Promise<Captured> {
  const once = () =>
    capture(BWRAP, ['--dev-bind', '/', '/', ...words], {
      timeoutSeconds: 20,
      // Where it fails late (a strange /proc), it leaves a child that waits for ever.
      ownSession: true,
    });
  let tried = await once();
  for (let again = 0; again < ATTEMPTS && lostMount(tried.stderr); again++) tried = await once();
  return tried;
}

async function run(job: Job): Promise<Result<JobResult>> {
  await sweepTemporary();
  let result = await runOnce(job);
  for (let again = 0; again < ATTEMPTS && result.ok; again++) {
    if (result.value.ended !== 'engine-failed' || !lostMount(result.value.stderr)) break;
    result = await runOnce(job);
  }
  if (!job.tracing || !result.ok || result.value.ended !== 'engine-failed') return result;
  return (await whyNotTraced(job.tracing.strace)) ?? result;
}

/** bwrap copies the table of mounts and fails when one of them goes away meanwhile, as containers' do. */
function lostMount(stderr: string): boolean {
  return stderr.includes("Can't bind mount /oldroot/");
}

async function runOnce(job: Job): Promise<Result<JobResult>> {
  if (job.profileFile !== undefined || job.image !== undefined) {
    return fail('usage', 'bubblewrap takes no image and no profile file of an engine', {
      hint: 'use --rootfs DIR, and --on profile:FILE',
    });
  }
  if (job.lift?.layers.includes('filter')) return execute(job, { bytes: undefined, notes: [] });
  if (job.notifying) {
    const notified = await notification(job);
    return notified.ok
      ? execute(job, { bytes: undefined, notes: notified.value.notes }, notified.value)
      : notified;
  }
  const filter = await filterFor(job);
  return filter.ok ? execute(job, filter.value) : filter;
}

async function execute(
  job: Job,
  { bytes, notes }: Filter,
  notified?: Notification,
): Promise<Result<JobResult>> {
  const ownProcesses = job.stdio === 'capture' && (await canHaveOwnProcesses());

  const status = hiddenFile();
  const program = bytes === undefined ? undefined : hiddenFile(bytes);
  const gate = job.onHeld && (await makeGate());
  try {
    // Descriptors of the started program count from 3, in this order.
    const ours = [status, program, gate].flatMap((one) => (one ? [one.descriptor] : []));
    const descriptors = [...ours, ...(notified?.descriptors ?? [])];
    const numberOf = ({ descriptor }: HiddenFile | Gate) => String(3 + descriptors.indexOf(descriptor));
    const first = 3 + ours.length;
    const bwrap = [
      ...fileSystem(job),
      ...(ownProcesses ? ['--unshare-pid', '--proc', '/proc'] : []),
      ...(job.network ? [] : ['--unshare-net']),
      ...capabilities(job),
      // In the foreground Ctrl-C ends bwrap's monitor at once, but what it means to the command is the command's affair.
      ...(job.stdio === 'capture' ? ['--die-with-parent'] : []),
      '--chdir',
      job.cwd,
      '--json-status-fd',
      numberOf(status),
      ...(program ? ['--seccomp', numberOf(program)] : []),
      ...(gate ? ['--block-fd', numberOf(gate)] : []),
      '--',
      ...(notified?.load(first) ?? []),
      ...job.command,
    ];
    const { tracing } = job;
    const [supervisor, ...before] = notified?.supervise(first) ?? [BWRAP];
    const over = new AbortController();
    if (gate && job.onHeld) void hold(status, gate, job.onHeld, over.signal);
    const running = supervise({
      job,
      file: tracing ? tracing.strace : supervisor,
      args: tracing
        ? [...tracing.options, '-o', tracing.output, '--', forStrace(BWRAP), ...bwrap]
        : notified
          ? [...before, forStrace(BWRAP), ...bwrap]
          : bwrap,
      cwd: job.rootfs === undefined ? job.cwd : '/',
      descriptors,
      target: () => job.notifying?.command() ?? childPid(status.read()),
      isOurs: (one) =>
        one.words[0] === forStrace(BWRAP) && one.files().some((file) => file.startsWith(status.path)),
    });
    const result = await running.finally(() => over.abort());
    const done = neverStarted(result, status.read());
    return ok({ ...done, notes: [...notes, ...(done.notes ?? [])] });
  } finally {
    status.close();
    program?.close();
    gate?.close();
    notified?.close();
  }
}

/** Tells who will become the command while bwrap's child waits at the gate, then lets it go on in any case. */
async function hold(
  status: HiddenFile,
  gate: Gate,
  onHeld: NonNullable<Job['onHeld']>,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    const child = childPid(status.read());
    if (child !== undefined) {
      await onHeld(child, true).finally(() => {
        if (!over.aborted) gate.open();
      });
      return;
    }
    await sleep(4);
  }
}

function fileSystem(job: Job): string[] {
  const root = job.rootfs === undefined ? ['--dev-bind', '/', '/'] : rootfsArguments(job.rootfs, job.cwd);
  // Our own `/` in the place of the other one would hide it all.
  const own = job.rootfs === undefined || job.cwd === '/' ? undefined : job.cwd;
  const tree = job.tree ?? own;
  return tree === undefined ? root : [...root, '--bind', tree, job.cwd];
}

/** As root, the command gets what the host's engine would leave it; otherwise it has none to lose. */
function capabilities({ host, lift }: Job): string[] {
  if (host?.target === undefined || process.getuid?.() !== 0) return [];
  const lifted = lift?.layers.includes('capabilities') === true;
  if (lifted && lift.grant === undefined) return [];
  const ours = grantable();
  const wanted = new Set([...host.target.caps, ...(lifted ? (lift.grant ?? []) : [])]);
  const kept = [...wanted].filter((name) => ours.has(name)).sort();
  return ['--cap-drop', 'ALL', ...kept.flatMap((name) => ['--cap-add', name])];
}

/** bubblewrap masks no paths and has no device cgroup; as a user it needs a namespace of its own, and lacks capabilities. */
async function bubblewrapLayers({ host }: Pick<Job, 'host'>): Promise<LayersHere> {
  const root = process.getuid?.() === 0;
  const dropped = host?.target !== undefined;
  const kept: KeptLayer[] = [
    ...(dropped && root ? [] : [{ layer: 'capabilities', why: root ? 'absent' : 'needs-root' } as const]),
    { layer: 'no-new-privileges', why: 'no-option' },
    { layer: 'masked-paths', why: 'absent' },
    { layer: 'devices', why: 'absent' },
    { layer: 'user-namespace', why: root ? 'absent' : 'needs-root' },
    { layer: 'security-module', why: securityModule() ? 'no-option' : 'absent' },
  ];
  return {
    can: [
      ...(host?.policy ? (['filter'] as const) : []),
      ...(dropped && root ? (['capabilities'] as const) : []),
      'tracer',
    ],
    kept,
  };
}

function securityModule(): boolean {
  try {
    return /apparmor|selinux/.test(readFileSync('/sys/kernel/security/lsm', 'utf8'));
  } catch {
    return false;
  }
}

/** bwrap writes JSON objects, one a line: `child-pid` when it has set up, `exit-code` when the command ran and ended. */
function childPid(status: string): number | undefined {
  const pid = /"child-pid"\s*:\s*(\d+)/.exec(status)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

function neverStarted(result: JobResult, status: string): JobResult {
  if (result.ended !== 'exited' || result.exit.status !== 1 || status.includes('"exit-code"')) return result;
  return {
    ...result,
    ended: 'engine-failed',
    trouble: result.stderr.trim().split('\n').pop() || 'bubblewrap could not start the command',
  };
}
