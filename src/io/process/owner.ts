import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** `MACHINE/BOOT/PID-NAMESPACE/PID/START`; the start time (clock ticks since boot) tells a reused number apart. */
export function ownerValue(): string {
  return [machine(), boot(), processValue()].join('/');
}

/** Whether the process that `ownerValue` named is surely gone. Not known (another machine, another namespace): false. */
export function ownerIsGone(value: string): boolean {
  const [itsMachine, itsBoot, ...its] = value.split('/');
  if (itsMachine !== machine() || its[2] === undefined) return false;
  return itsBoot !== boot() || processIsGone(its.join('/'));
}

/** `PID-NAMESPACE/PID/START` of this process. */
export function processValue(): string {
  return [pidNamespace(), process.pid, startTime(process.pid) ?? 0].join('/');
}

/** The same question for `processValue`, of this machine; after another boot the answer is right as well. */
export function processIsGone(value: string): boolean {
  const [itsNamespace, pid, start] = value.split('/');
  // Without /proc (a bare chroot) nothing is known, not even of this process.
  if (itsNamespace !== pidNamespace() || startTime(process.pid) === undefined) return false;
  const now = startTime(Number(pid));
  return now === undefined || String(now) !== start;
}

function machine(): string {
  const id = text('/etc/machine-id') ?? hostname();
  // The value may be seen by others; the identity itself is not to be told (machine-id(5)).
  return createHash('sha256').update(`trace-build ${id.trim()}`).digest('hex').slice(0, 16);
}

function boot(): string {
  return (text('/proc/sys/kernel/random/boot_id') ?? 'unknown').trim();
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '0';
  }
}

function startTime(pid: number): number | undefined {
  const stat = text(`/proc/${pid}/stat`);
  // Field 22, counted behind the name, which may hold blanks and parentheses.
  const after = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return after?.[19] === undefined ? undefined : Number(after[19]);
}

function text(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
