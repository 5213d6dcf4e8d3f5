import { foldForeign } from '../core/diagnosis/report/foreign.ts';
import type { Denial } from '../core/documents/denial.ts';
import { EMPTY_REPORT } from '../core/documents/emptyReport.ts';
import { minimizeSchema } from '../core/documents/minimize.ts';
import { replaySchema } from '../core/documents/replay.ts';
import type { HostBlocked, Report } from '../core/documents/report.ts';
import { reportSchema } from '../core/documents/report.ts';
import { runSchema } from '../core/documents/run.ts';
import { fail, ok, type Result } from '../core/failure.ts';

/** Printed documents carry words beside the data; reports are worded anew. */
function denialOf({ evidence: _, fallback: __, followed: ___, ...denial }: Denial): Denial {
  return denial;
}

const blockedOf = (one: HostBlocked): HostBlocked => ({
  ...one,
  blocked: foldForeign(one.host, one.blocked.map(denialOf)),
});

/** Documents that `--json` printed, as reports. */
const READERS: Readonly<Record<string, (json: unknown) => Report>> = {
  'trace-build/report@1': (json) => {
    const report = reportSchema.parse(json);
    return { ...report, denials: report.denials.map(denialOf), hosts: report.hosts.map(blockedOf) };
  },
  'trace-build/run@1': (json) => {
    const { command, host, engine, mode, method, exit, trace, denials, notes, seconds } =
      runSchema.parse(json);
    const found = denials.map(denialOf);
    const identity = host as HostBlocked['host'];
    const fast = mode === 'fast' && method === 'strace';
    return {
      ...EMPTY_REPORT,
      command,
      ...(fast ? {} : { host: identity }),
      engine,
      exit,
      traces: [trace],
      denials: fast ? [] : found,
      hosts: fast ? [{ host: identity, blocked: found }] : [],
      environment: [{ name: 'Seconds', value: seconds.toFixed(1) }],
      notes,
    };
  },
  'trace-build/replay@1': (json) => {
    const { traces, hosts, fix } = replaySchema.parse(json);
    return {
      ...EMPTY_REPORT,
      traces: traces,
      hosts: hosts.map(({ host, blocked, alike }) =>
        blockedOf({
          host: alike && alike.length > 0 ? { ...host, expression: alike.join(', ') } : host,
          blocked,
        }),
      ),
      fix: { fix: { allow: fix.allow, enosys: fix.enosys }, basis: 'predicted', limits: fix.limits },
    };
  },
  'trace-build/minimize@1': (json) => {
    const result = minimizeSchema.parse(json);
    return {
      ...EMPTY_REPORT,
      command: result.command,
      host: result.host,
      engine: result.engine,
      denials: result.denials.map(denialOf),
      fix: {
        fix: result.fix,
        basis: 'proven',
        guarantee: result.guarantee,
        proof: result.proof.map(({ change, outcome, seconds }) => ({ change, outcome, seconds })),
        danger: result.danger.map(({ syscall, why }) => ({ syscall, why })),
      },
      notes: [
        result.why,
        ...(result.upgrade === null ? [] : [result.upgrade]),
        ...(result.lackedByKernel.length > 0
          ? [`no profile helps with ${result.lackedByKernel.join(', ')}: the kernel does not have it`]
          : []),
        ...result.notes,
      ],
    };
  },
};

/** The report of a RESULT file: a JSON document of run, replay, minimize or report itself. */
export function reportOfResult(text: string, file: string): Result<Report> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail('input', `this is not JSON: ${(error as Error).message}`, { where: { file } });
  }
  const schema = (json as { schema?: unknown } | null)?.schema;
  const read = typeof schema === 'string' ? READERS[schema] : undefined;
  if (!read) {
    return fail(
      'input',
      `there is no report of ${typeof schema === 'string' ? `a document ${schema}` : 'JSON without "schema"'}`,
      {
        where: { file },
        hint: `give a trace, or what --json printed of ${Object.keys(READERS)
          .map((name) => name.replace(/^.*\/|@.*$/gs, ''))
          .join(', ')}`,
      },
    );
  }
  try {
    return ok(read(json));
  } catch (error) {
    const issues = (error as { issues?: readonly { path: readonly PropertyKey[]; message: string }[] })
      .issues;
    const [issue] = issues ?? [];
    if (!issue) throw error;
    return fail('input', `${issue.path.map(String).join('.') || 'the document'}: ${issue.message}`, {
      where: { file },
    });
  }
}
