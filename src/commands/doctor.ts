import type { DoctorResult } from '../core/documents/doctor.ts';
import type { HostModel } from '../core/hosts/host.ts';
import type { Abi } from '../core/linux/abi.ts';
import { syscallNumber } from '../core/linux/numbers.ts';

/**
 * What this machine can do and what is missing; runs trials of strace, sandboxes and engines. `engine` is null where
 * nothing can be traced at all.
 */
export async function doctor(): Promise<DoctorResult> {
  const [{ observe }, { diagnose }, { recognizeSandbox }, { chooseEngine }, { openHost }, { installedHost }] =
    await Promise.all([
      import('../io/machine/observe.ts'),
      import('../core/diagnosis/machine/diagnose.ts'),
      import('../core/diagnosis/machine/sandbox.ts'),
      import('../io/engines/choose.ts'),
      import('../io/machine/hosts.ts'),
      import('../io/machine/installedHost.ts'),
    ]);
  const observed = await observe();
  const [engine, kernel, container] = await Promise.all([
    chooseEngine('auto'),
    openHost(`kernel@${/^\d+\.\d+/.exec(observed.system.release)?.[0] ?? '0.0'}`),
    installedHost('docker').then(({ expression }) => openHost(expression)),
  ]);
  const calls = observed.calls.map(({ syscall, abi, answer }) => {
    const call = { syscall, abi };
    const expected = answerOf(kernel.ok ? kernel.value : undefined, call) ?? 'present';
    return {
      ...call,
      here: answer,
      kernel: expected,
      container: answerOf(container.ok ? container.value : undefined, call) ?? null,
      agrees:
        answer === expected ||
        (answer === 'EPERM' && observed.seccomp.mode === 0 && WITHOUT_PRIVILEGE.has(syscall)),
    };
  });
  return {
    schema: 'trace-build/doctor@1',
    checks: diagnose(observed).map((check) => ({ ...check })),
    sandbox: recognizeSandbox(observed).kind,
    // Whatever the engine, it is strace that sees the calls, if it may trace.
    engine:
      engine.ok && observed.programs.strace?.version !== undefined && observed.ptrace.trial.works
        ? { name: engine.value.engine.name, why: engine.value.why }
        : null,
    calls,
    ...(observed.callsTrouble === undefined ? {} : { callsTrouble: observed.callsTrouble }),
    containerHost: container.ok ? container.value.identity.expression : null,
  };
}

/** Calls that the kernel itself answers EPERM without privilege, by capability or sysctl (bpf(2), userfaultfd(2), io_uring_setup(2)). */
const WITHOUT_PRIVILEGE = new Set(['bpf', 'perf_event_open', 'userfaultfd', 'io_uring_setup']);

function answerOf(
  host: HostModel | undefined,
  { syscall, abi }: { syscall: string; abi: Abi },
): string | undefined {
  const nr = syscallNumber(syscall, abi);
  if (host === undefined || nr === undefined) return undefined;
  const { action } = host.answer({ abi, nr, name: syscall, args: [] });
  switch (action.kind) {
    case 'errno':
      return action.value === 38 ? 'ENOSYS' : action.value === 1 ? 'EPERM' : `errno ${action.value}`;
    case 'kill_process':
    case 'kill_thread':
    case 'trap':
      return 'SIGSYS';
    default:
      return 'present';
  }
}
