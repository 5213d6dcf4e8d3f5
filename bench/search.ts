// `node bench/search.ts` prints how many executions our search needs beside leave-one-out and plain ddmin, on the same
// generated problems. Deterministic: no clock, no network. `--json FILE` writes the numbers too.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drive } from '../src/core/minimize/drive.ts';
import { search } from '../src/core/minimize/search.ts';
import { execute, makeModel, problemOf } from './model.ts';
import { counting, ddmin, leaveOneOut, prove } from './peers.ts';

export interface SearchRow {
  readonly candidates: number;
  readonly needs: number;
  readonly knowledge: string;
  /** Every single removal of the result run (the default). */
  readonly ours: number;
  /** With --quick-proof. */
  readonly quick: number;
  readonly leaveOneOut: number;
  readonly ddmin: number;
  /** The same with each answer proven as ours is: every single removal of it run. */
  readonly leaveOneOutProven: number;
  readonly ddminProven: number;
  /** Problems in which ours needed more runs than the better of the two with its proof. */
  readonly worseProven: number;
  /** Problems in which ours (quick) needed more runs than the better of the two. */
  readonly worse: number;
  readonly problems: number;
}

const KNOWLEDGE = [
  { label: 'traced, half known', traced: true, hint: 0.5 },
  { label: 'traced', traced: true, hint: 0 },
  { label: 'outcome only', traced: false, hint: 0 },
];

/** Runs up to a proven 1-minimal answer; the failing run under the host is given to all three. */
export function measure(problems: number): SearchRow[] {
  const rows: SearchRow[] = [];
  for (const { label, traced, hint } of KNOWLEDGE) {
    for (const size of [5, 10, 20, 40]) {
      for (const needs of [1, 2, 3, 4, 6]) {
        if (needs > size) continue;
        const sums = {
          ours: 0,
          quick: 0,
          loo: 0,
          ddmin: 0,
          worse: 0,
          looProven: 0,
          ddminProven: 0,
          worseProven: 0,
        };
        for (let i = 0; i < problems; i++) {
          const model = makeModel({ size, needs, hint, seed: i * 7919 + size * 31 + needs });
          const passes = (a: ReadonlyMap<string, number>) => execute(model, a, false).outcome === 'pass';
          const runs = (inferProof: boolean) =>
            drive(
              search(problemOf(model, traced), {
                budget: 1000,
                confirm: 1,
                aim: '1-minimal',
                inferProof,
                deterministic: true,
              }),
              ({ assignment }) => execute(model, assignment, traced),
            ).runs;
          const [mine, quick] = [runs(false), runs(true)];
          const loo = counting(passes);
          const byLoo = leaveOneOut(model.candidates, loo.test);
          const dd = counting(passes);
          const byDdmin = ddmin(model.candidates, dd.test);
          sums.ours += mine;
          sums.quick += quick;
          sums.loo += loo.runs();
          sums.ddmin += dd.runs();
          if (quick > Math.min(loo.runs(), dd.runs())) sums.worse++;
          prove(byLoo, loo.test);
          prove(byDdmin, dd.test);
          sums.looProven += loo.runs();
          sums.ddminProven += dd.runs();
          if (mine > Math.min(loo.runs(), dd.runs())) sums.worseProven++;
        }
        const mean = (sum: number) => Math.round((10 * sum) / problems) / 10;
        rows.push({
          candidates: size,
          needs,
          knowledge: label,
          ours: mean(sums.ours),
          quick: mean(sums.quick),
          leaveOneOut: mean(sums.loo),
          ddmin: mean(sums.ddmin),
          leaveOneOutProven: mean(sums.looProven),
          ddminProven: mean(sums.ddminProven),
          worseProven: sums.worseProven,
          worse: sums.worse,
          problems,
        });
      }
    }
  }
  return rows;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = measure(20);
  const line = (cells: readonly (string | number)[]) =>
    cells.map((cell) => String(cell).padStart(13)).join('');
  console.log('All three up to an answer with the same proof: every single removal of it run.');
  console.log(line(['candidates', 'needs', 'ours', 'leave-one-out', 'ddmin', 'ratio', 'worse']));
  print(({ ours, leaveOneOutProven, ddminProven, worseProven }) => [
    ours,
    leaveOneOutProven,
    ddminProven,
    (ours / Math.min(leaveOneOutProven, ddminProven)).toFixed(2),
    worseProven,
  ]);
  console.log('\nThe peers without any proof, ours with --quick-proof.');
  console.log(line(['candidates', 'needs', 'quick', 'leave-one-out', 'ddmin', 'ratio', 'worse']));
  print((row) => [
    row.quick,
    row.leaveOneOut,
    row.ddmin,
    (row.quick / Math.min(row.leaveOneOut, row.ddmin)).toFixed(2),
    row.worse,
  ]);
  function print(cells: (row: SearchRow) => readonly (string | number)[]): void {
    let label = '';
    for (const row of rows) {
      if (row.knowledge !== label) console.log(`-- ${row.knowledge}`);
      label = row.knowledge;
      const shown = [...cells(row)];
      const worse = shown.pop();
      console.log(line([row.candidates, row.needs, ...shown, `${worse}/${row.problems}`]));
    }
  }
  const at = process.argv.indexOf('--json');
  if (at > 0) writeFileSync(process.argv[at + 1]!, `${JSON.stringify(rows, null, 2)}\n`);
}
