import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { abiInfo } from '../../src/core/linux/abi.ts';
import type { RuntimeProfile } from '../../src/core/seccomp/profile/engine.ts';

const NAMES = { kill_thread: 'KILL', kill_process: 'KILL_PROCESS' } as Readonly<Record<string, string>>;
const actionName = (kind: string): string => `SCMP_ACT_${NAMES[kind] ?? kind.toUpperCase()}`;

/** The OCI `linux.seccomp` object as an engine hands it to its runtime. 64-bit values are written as JSON numbers. */
export function ociSeccomp({ defaultAction, architectures, groups }: RuntimeProfile): string {
  const action = (given: RuntimeProfile['defaultAction']) => actionName(given.kind);
  const numbers: string[] = [];
  const text = JSON.stringify({
    defaultAction: action(defaultAction),
    ...('value' in defaultAction ? { defaultErrnoRet: defaultAction.value } : {}),
    architectures: architectures.map((abi) => abiInfo(abi).scmp),
    syscalls: groups.map(({ names, action: given, args }) => ({
      names,
      action: action(given),
      ...('value' in given ? { errnoRet: given.value } : {}),
      args: args.map(({ index, op, value, valueTwo }) => {
        numbers.push(`${value}`, `${valueTwo}`);
        return { index, value: '#', valueTwo: '#', op: `SCMP_CMP_${op}` };
      }),
    })),
  });
  return text.replaceAll('"#"', () => numbers.shift()!);
}

/** A bundle whose only program does nothing; `filterOf` starts it under strace and gives what strace saw. */
export class Bundle {
  readonly #folder = mkdtempSync(join(tmpdir(), 'trace-build-bundle-'));
  #runs = 0;

  constructor() {
    mkdirSync(join(this.#folder, 'rootfs'));
    const source = join(this.#folder, 'nothing.c');
    writeFileSync(source, 'int main(void) { return 0; }\n');
    const built = spawnSync('cc', ['-static', '-o', join(this.#folder, 'rootfs', 'nothing'), source]);
    if (built.status !== 0) throw new Error('cc -static does not work here');
  }

  /** The text of `strace -v` while the runtime starts a container with this profile. */
  traceOf(runtime: 'runc' | 'crun', seccomp: string): string {
    const log = join(this.#folder, 'strace.log');
    const { stderr } = this.#run(
      runtime,
      seccomp,
      'strace -f -v -s 0 -e trace=prctl,seccomp -o'.split(' ').concat(log),
    );
    const text = readFileSync(log, 'utf8');
    // What the runtime refuses never gets as far as a filter.
    if (!text.includes('filter=')) throw new Error(`${runtime} loaded no filter: ${stderr}`);
    return text;
  }

  /** Whether a container with this profile runs. */
  starts(runtime: 'runc' | 'crun', seccomp: string): boolean {
    return this.#run(runtime, seccomp, []).status === 0;
  }

  #run(runtime: 'runc' | 'crun', seccomp: string, tracer: readonly string[]) {
    const id = `trace-build-test-${process.pid}-${this.#runs++}`;
    const common = ['--root', join(this.#folder, runtime)];
    writeFileSync(join(this.#folder, 'config.json'), config(seccomp));
    // crun wants cgroup version 2; a private mount namespace gives it one whatever this machine has.
    const script =
      runtime === 'runc'
        ? [...tracer, 'runc', ...common, 'run', id]
        : ['unshare', '-m', 'sh', '-c', 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"', 'sh']
            .concat(tracer)
            .concat(['crun', ...common, '--cgroup-manager=disabled', 'run', id]);
    const ran = spawnSync(script[0]!, script.slice(1), {
      cwd: this.#folder,
      encoding: 'utf8',
      timeout: 60_000,
    });
    spawnSync(runtime, [...common, 'delete', '-f', id], { stdio: 'ignore' });
    return ran;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function config(seccomp: string): string {
  const rest = {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: ['/nothing'],
      cwd: '/',
      env: ['PATH=/'],
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
    ],
    linux: {
      namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'ipc' }, { type: 'uts' }],
      seccomp: '#',
    },
  };
  return JSON.stringify(rest).replace('"#"', () => seccomp);
}
