import type { Denial } from '../core/documents/denial.ts';
import type { HostBlocked } from '../core/documents/report.ts';
import { bySeverity } from '../core/documents/severity.ts';
import type { Abi } from '../core/linux/abi.ts';
import { callTitle } from './phrases/call.ts';

/** One syscall over all hosts; `cells[i]` belongs to `hosts[i]`, undefined where it is allowed. */
export interface MatrixRow {
  readonly syscall: string;
  readonly abi: Abi;
  readonly cells: readonly (Denial | undefined)[];
}

/** Blocked syscalls against hosts: what a heat map shows. The worst answer of a host stands for all of them. */
export function matrixOf(hosts: readonly HostBlocked[]): { readonly rows: readonly MatrixRow[] } {
  const found = new Map<string, { syscall: string; abi: Abi; cells: (Denial | undefined)[] }>();
  hosts.forEach(({ blocked }, index) => {
    for (const denial of blocked) {
      const name = callTitle(denial);
      const key = `${name} ${denial.abi}`;
      const row = found.get(key) ?? {
        syscall: name,
        abi: denial.abi,
        cells: hosts.map(() => undefined as Denial | undefined),
      };
      found.set(key, row);
      const old = row.cells[index];
      if (!old || bySeverity(denial, old) < 0) row.cells[index] = denial;
    }
  });
  const weight = ({ cells }: MatrixRow): number =>
    cells.reduce((sum, cell) => sum + (cell ? (cell.matters ? 1000 : 1) : 0), 0);
  return {
    rows: [...found.values()].sort(
      (a, b) =>
        weight(b) - weight(a) ||
        (a.syscall < b.syscall ? -1 : a.syscall > b.syscall ? 1 : a.abi < b.abi ? -1 : a.abi > b.abi ? 1 : 0),
    ),
  };
}
