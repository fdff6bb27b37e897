import type { Bench, BenchOutcome } from './bench.ts';
import { type ComparedFigure, compareFigure } from './compared-figure.ts';
import type { SavedRun } from './saved-run.ts';

/** Benches held against an earlier run of them. */
export interface BenchComparison {
  readonly figures: readonly (ComparedFigure & { readonly bench: string })[];
  /** Figures that only one of the runs has, as `bench: what`; of benches that were not run now nothing is said. */
  readonly onlyNow: readonly string[];
  readonly onlyBefore: readonly string[];
}

/** Facts of a machine that make times of one run differ from those of another. */
const DECIDING = ['node', 'cpu', 'cores', 'os'] as const;

/** Pairs the figures of two runs by bench, name and unit. */
export function compareRuns(
  outcomes: ReadonlyMap<Pick<Bench, 'name'>, BenchOutcome>,
  saved: Pick<SavedRun, 'benches'>,
  seed: number,
): BenchComparison {
  const figures: BenchComparison['figures'][number][] = [];
  const onlyNow: string[] = [];
  const onlyBefore: string[] = [];
  for (const [{ name }, outcome] of outcomes) {
    const left = [...(saved.benches.find((bench) => bench.name === name)?.figures ?? [])];
    for (const figure of outcome.figures) {
      const index = left.findIndex(({ what, unit }) => what === figure.what && unit === figure.unit);
      const [before] = index === -1 ? [] : left.splice(index, 1);
      if (before === undefined) onlyNow.push(`${name}: ${figure.what}`);
      else figures.push({ bench: name, ...compareFigure(figure, before, seed) });
    }
    onlyBefore.push(...left.map(({ what }) => `${name}: ${what}`));
  }
  return { figures, onlyNow, onlyBefore };
}

/** What the machines of two runs differ in, as `node: v24.1.0 before, v24.2.0 now`; none when times can be compared. */
export function machineDifferences(now: SavedRun['machine'], before: SavedRun['machine']): readonly string[] {
  return DECIDING.filter((fact) => now[fact] !== before[fact]).map(
    (fact) => `${fact}: ${before[fact]} before, ${now[fact]} now`,
  );
}
