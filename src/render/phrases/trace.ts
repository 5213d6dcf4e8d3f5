import type { TraceInfo, TraceSource } from '../../core/documents/trace.ts';
import { list } from './list.ts';

const TOOLS: Readonly<Record<TraceSource['tool'], string>> = {
  audit: 'the kernel’s audit log',
  'security-profiles-operator': 'the log of the Security Profiles Operator',
  'perf-trace': 'perf trace',
  sysdig: 'sysdig',
  gdb: 'gdb',
  core: 'a core file',
  'qemu-user': 'qemu-user',
  notification: 'seccomp user notification',
};

const LACKS: Readonly<Record<TraceSource['lacks'][number], string>> = {
  arguments: 'arguments',
  strings: 'strings',
  numbers: 'syscall numbers',
  errno: 'the errno',
  outcome: 'how the calls ended',
  'other-calls': 'calls that no filter refused',
  consequence: 'what followed',
};

/** What a trace cannot tell, and what was assumed of it: clauses without a full stop; empty for most traces. */
export function traceRemarks({ arch, sources = [] }: TraceInfo): readonly string[] {
  const others = arch?.candidates?.filter((abi) => abi !== arch.value) ?? [];
  const assumed =
    arch?.basis === 'assumed'
      ? [
          `the architecture is not in the trace: ${arch.value} is assumed${others.length > 0 ? ` (${others.length > 4 ? `${others.length} others` : list(others)} ${others.length === 1 ? 'is' : 'are'} possible too)` : ''}`,
        ]
      : [];
  return [
    ...assumed,
    ...sources.map(
      ({ tool, events, lacks }) =>
        `${events} ${events === 1 ? 'event is' : 'events are'} of ${TOOLS[tool]}, which ${lacks.length === 0 ? 'says all' : `does not show ${list(lacks.map((one) => LACKS[one]))}`}`,
    ),
  ];
}
