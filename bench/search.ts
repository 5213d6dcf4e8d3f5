// `node bench/search.ts` (bundled: `npm run bench search`) prints how many executions our search needs beside leave-one-out
// and plain ddmin, on the same generated problems. Deterministic: no clock, no network.
import { fileURLToPath } from 'node:url';
import { drive } from '../src/core/minimize/drive.ts';
import { search } from '../src/core/minimize/search.ts';
import { execute, type Model, makeModel, problemOf } from './model.ts';
import { counting, ddmin, leaveOneOut, prove } from './peers.ts';

/** What the search may know. The usual case first: traces, and a table of fall-backs that knows every second call. */
export const KNOWLEDGE = [
  { label: 'traced, half known', traced: true, hint: 0.5 },
  { label: 'traced', traced: true, hint: 0 },
  { label: 'outcome only', traced: false, hint: 0 },
] as const;

export type Knowledge = (typeof KNOWLEDGE)[number];

/** Runs up to a 1-minimal answer; the run in which nothing was raised is given to all three. */
export interface Runs {
  /** Each single removal of the answer was run: by ours, by the better of the two peers, and by anyone at the least. */
  readonly ours: number;
  readonly peer: number;
  readonly least: number;
  /** Without that: ours with --quick-proof, the better of the two peers as it comes. */
  readonly quick: number;
  readonly bare: number;
}

export interface SearchRow {
  readonly knowledge: string;
  readonly needs: string;
  readonly ours: number;
  readonly leaveOneOut: number;
  readonly ddmin: number;
  /** Ours by the better of the two. */
  readonly ratio: number;
  /** Runs that no search can do without. */
  readonly least: number;
  /** `no way`: half of the better peer's runs is below `least`. */
  readonly half: 'yes' | 'no' | 'no way';
  /** Problems in which ours needed more than the better peer, and by how much at the most. */
  readonly more: string;
  /** Ours with --quick-proof by the better peer without any proof. */
  readonly quick: string;
}

/** The problems of a row. */
export function modelsOf(size: number, needs: number, hint: number, problems: number): Model[] {
  return Array.from({ length: problems }, (_, i) =>
    makeModel({ size, needs, hint, seed: i * 7919 + size * 31 + needs }),
  );
}

export function runsOf(model: Model, traced: boolean) {
  const passes = (a: ReadonlyMap<string, number>) => execute(model, a, false).outcome === 'pass';
  const mine = (inferProof: boolean) =>
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
  const peer = (find: typeof leaveOneOut) => {
    const { test, runs } = counting(passes);
    const found = find(model.candidates, test);
    const bare = runs();
    prove(found, test);
    return { bare, proven: runs() };
  };
  const [loo, dd] = [peer(leaveOneOut), peer(ddmin)];
  return {
    ours: mine(false),
    peer: Math.min(loo.proven, dd.proven),
    least: leastRuns(model, traced),
    quick: mine(true),
    bare: Math.min(loo.bare, dd.bare),
    leaveOneOut: loo.proven,
    ddmin: dd.proven,
    leaveOneOutBare: loo.bare,
    ddminBare: dd.bare,
  };
}

/**
 * What no search can do without: the answer passes, and each lower level of each of its elements fails, each in a run of its
 * own (with one need the given run is such a one). With traces also the runs in which needs come to light: one that
 * neither the table nor the given run points to shows only in a run that fails because of it, one at a time, and only
 * the last of these can be a removal of the answer. Raising at random could hit some of them; on average it costs more.
 */
function leastRuns({ steps, candidates }: Model, traced: boolean): number {
  const needs = steps.filter(({ tolerance }) => tolerance !== 'any');
  const levels = needs.reduce((sum, { tolerance }) => sum + (tolerance === 'enosys' ? 1 : 2), 0);
  const proof = 1 + levels - (needs.length === 1 ? 1 : 0);
  if (!traced) return proof;
  const hidden = needs.slice(1).filter(({ name }) => {
    const [leave = 1] = candidates.find((candidate) => candidate.name === name)!.prior;
    return leave > 0.5;
  });
  return proof + Math.max(0, hidden.length - 1);
}

/**
 * Without traces a run tells one bit. All answers of a row are equally likely (which calls, and for each whether ENOSYS
 * will do), so on average a search asks at least as many questions as that choice has bits.
 */
function bitsIn(size: number, needs: number): number {
  let bits = needs;
  for (let i = 0; i < needs; i++) bits += Math.log2((size - i) / (i + 1));
  return bits;
}

export function measure(problems = 20): SearchRow[] {
  return KNOWLEDGE.flatMap(({ label, traced, hint }) =>
    [5, 10, 20, 40].flatMap((size) =>
      [1, 2, 3, 4, 6]
        .filter((needs) => needs <= size)
        .map((needs) => {
          const all = modelsOf(size, needs, hint, problems).map((model) => runsOf(model, traced));
          const mean = (of: (runs: (typeof all)[number]) => number) =>
            all.reduce((sum, runs) => sum + of(runs), 0) / problems;
          const better = Math.min(
            mean((runs) => runs.leaveOneOut),
            mean((runs) => runs.ddmin),
          );
          const ours = mean((runs) => runs.ours);
          const least = Math.max(
            mean((runs) => runs.least),
            traced ? 0 : bitsIn(size, needs),
          );
          const excess = all.map((runs) => runs.ours - runs.peer).filter((runs) => runs > 0);
          const bare = Math.min(
            mean((runs) => runs.leaveOneOutBare),
            mean((runs) => runs.ddminBare),
          );
          const tenth = (value: number) => Math.round(10 * value) / 10;
          return {
            knowledge: label,
            needs: `${needs} of ${size}`,
            ours: tenth(ours),
            leaveOneOut: tenth(mean((runs) => runs.leaveOneOut)),
            ddmin: tenth(mean((runs) => runs.ddmin)),
            ratio: Math.round((100 * ours) / better) / 100,
            least: tenth(least),
            half: 2 * ours <= better ? 'yes' : 2 * least > better ? 'no way' : 'no',
            more: excess.length === 0 ? '0' : `${excess.length}, by ${Math.max(...excess)}`,
            quick: (mean((runs) => runs.quick) / bare).toFixed(2),
          } as const;
        }),
    ),
  );
}

/** One line for each kind of knowledge. */
export function summaryOf(rows: readonly SearchRow[]): string {
  return KNOWLEDGE.map(({ label }) => {
    const mine = rows.filter(({ knowledge }) => knowledge === label);
    const count = (half: SearchRow['half']) => mine.filter((row) => row.half === half).length;
    const more = mine.filter((row) => row.more !== '0');
    const problems = more.reduce((sum, row) => sum + Number.parseInt(row.more, 10), 0);
    const worst = Math.max(0, ...more.map((row) => Number(row.more.split('by ')[1])));
    return `${label}: at most half in ${count('yes')} of ${mine.length} rows, half is impossible in ${count('no way')}, missed in ${count('no')}; largest ratio ${Math.max(...mine.map(({ ratio }) => ratio))}; more runs than the better peer in ${problems} problems${problems > 0 ? ` (by at most ${worst})` : ''}.`;
  }).join('\n');
}

/** How `npm run bench` explains the table. */
export const about = `Mean runs up to an answer of which every single removal was run (ours, leave-one-out, ddmin), on 20 generated problems a row. \`ratio\`: ours by the better of the two. \`least\`: what no search can do without. \`half\`: whether ours is at most half; \`no way\` where half is below \`least\`. \`more\`: problems in which ours needed more than the better one of the two in that problem. \`quick\`: \`--quick-proof\` by the better peer without any proof.`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = measure();
  console.table(rows);
  console.log(summaryOf(rows));
}
