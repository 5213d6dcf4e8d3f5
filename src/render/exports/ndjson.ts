import type { ReplayDocument } from '../../core/documents/replay.ts';

/**
 * One JSON object a line, for DuckDB, jq and the like: what each host would refuse. The columns are documented in
 * docs/exports.md; all are present on every line, null where not known.
 */
export function ndjson({ hosts }: Pick<ReplayDocument, 'hosts'>): string {
  return hosts
    .flatMap(({ host, blocked }) =>
      blocked.map((denial) => ({
        host: host.expression,
        engine: host.engine,
        version: host.version,
        arch: host.arch,
        file: denial.first.file ?? null,
        line: denial.first.line,
        pid: denial.first.pid ?? null,
        command: denial.first.command ?? null,
        syscall: denial.syscall,
        abi: denial.abi,
        nr: denial.nr,
        errno: denial.errno,
        cause: denial.cause,
        effect: denial.consequence.effect,
        basis: denial.consequence.basis,
        matters: denial.matters,
        count: denial.count,
      })),
    )
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('');
}
