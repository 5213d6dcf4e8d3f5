// How many executions our search needs beside leave-one-out and plain ddmin, on the same generated problems (`npm run bench
// search`). Deterministic: no clock, no network.
import { drive } from '../src/core/minimize/drive.ts';
import { search } from '../src/core/minimize/search.ts';
import { execute, type Model, makeModel, problemOf } from './model.ts';
import { counting, ddmin, leaveOneOut, prove } from './peers.ts';

/** What the search may know. The usual case first: traces, and a table of fall-backs that knows every second call. */
const KNOWLEDGE = [
  { label: 'traced, half known', traced: true, hint: 0.5 },
  { label: 'traced', traced: true, hint: 0 },
  { label: 'outcome only', traced: false, hint: 0 },
] as const;

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
function modelsOf(size: number, needs: number, hint: number, problems: number): Model[] {
  return Array.from({ length: problems }, (_, i) =>
    makeModel({ size, needs, hint, seed: i * 7919 + size * 31 + needs }),
  );
}

/**
 * Runs up to a 1-minimal answer of which each single removal was run, ours, of the two peers and at the least; the run in
 * which nothing was raised is given to all. `quick`: ours with --quick-proof, `…Bare`: the peers' without any proof.
 */
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

/** What `npm run bench` says above the table: what its columns are, and a line for each kind of knowledge. */
export function explain(rows: readonly SearchRow[]): string {
  const about =
    'Mean runs up to an answer of which every single removal was run (`ours`, `leaveOneOut`, `ddmin`), on 20 generated problems a row. `ratio`: ours by the better of the two. `least`: what no search can do without (notes/search.md). `half`: whether ours is at most half; `no way`: half is below `least`. `more`: problems in which ours needed more than the better one there. `quick`: `--quick-proof` by the better peer without any proof.';
  const lines = KNOWLEDGE.map(({ label }) => {
    const mine = rows.filter(({ knowledge }) => knowledge === label);
    const count = (half: SearchRow['half']) => mine.filter((row) => row.half === half).length;
    const more = mine.filter((row) => row.more !== '0').map((row) => row.more.split(', by ').map(Number));
    const problems = more.reduce((sum, [count = 0]) => sum + count, 0);
    const worst = more.reduce((most, [, by = 0]) => Math.max(most, by), 0);
    return `- ${label}: at most half in ${count('yes')} of ${mine.length} rows, half impossible in ${count('no way')}, missed in ${count('no')}; ratio at most ${Math.max(...mine.map(({ ratio }) => ratio))}; more than the better peer in ${problems} of ${20 * mine.length} problems${problems > 0 ? `, by at most ${worst}` : ''}`;
  });
  return `${about}\n\n${lines.join('\n')}`;
}
