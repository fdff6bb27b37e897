import { CommandError } from '../cli/exit-code.ts';
import { ALL_BEHAVIOURS } from '../conformance/all-behaviours.ts';
import { defectNames } from '../target/server-program.ts';
import { DEFECTS_FILE_SCHEMA, type DefectEntry, type DefectsFile } from './defects-file.ts';
import { freezeDeep } from './freeze-deep.ts';
import { loadScenario } from './load-scenario.ts';
import { nearestWord, suggestion } from './nearest-word.ts';
import type { ScenarioOptions } from './plan-scenario.ts';
import { type Place, type Problem, throwProblems } from './problem.ts';
import { type ScenarioPlan, SETTABLE_KEYS } from './scenario.ts';
import { type ScenarioFile, scenarioNames } from './scenario-file.ts';
import { createValidator } from './validate.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

const HINT = 'scenarios/defects.schema.json describes every key; server/defects/ holds the defects';

/** What the good server is called where a defect's name is asked for. */
export const NO_DEFECT = 'none';

/** A server, a fresh one, and what must be found of it. */
export interface Trial {
  /** {@link NO_DEFECT}: the good server, of which nothing may be found. */
  readonly defect: string;
  readonly workload: Workload;
  /** The check, or the behaviour, that must find a violation; undefined for the good server. */
  readonly caughtBy: string | undefined;
}

type Workload =
  /** `title`: the scenario with what is set in it. */
  | { readonly kind: 'scenario'; readonly title: string; readonly plan: ScenarioPlan }
  | { readonly kind: 'conformance'; readonly title: string; readonly behaviours: readonly string[] };

/** A file of defects, decoded and ready to run: every workload with the good server first, then the defects in their order. */
export interface DefectsPlan {
  readonly name: string;
  /** As in {@link ScenarioPlan}. */
  readonly file: string;
  readonly question: string;
  /** The file as it was read, for the report folder. */
  readonly text: string;
  readonly trials: readonly Trial[];
  readonly estimatedMs: number;
}

/** The conformance suite takes about this long for a few behaviours, with the start of the server. */
const CONFORMANCE_MS = 6_000;

const violationsOfFile = createValidator(
  DEFECTS_FILE_SCHEMA,
  SETTABLE_KEYS.map(({ dotted }) => dotted),
);

/** Whether the text says what catches which defect, rather than being a scenario. */
export function isDefectsFile({ text }: ScenarioFile): boolean {
  return /^defects:/m.test(text);
}

/**
 * Turns the text of a defects file into a frozen plan. `only`: the defects to try, all of them when it is absent.
 *
 * @throws one CommandError (usage) with every problem.
 */
export function planDefects(
  { name, file, text }: ScenarioFile,
  options: Omit<ScenarioOptions, 'quick'> & { readonly only?: readonly string[] | undefined },
): DefectsPlan {
  const source = readYaml(file, text);
  throwProblems(source.problems, HINT);
  const violations = violationsOfFile(source.value);
  throwProblems(
    violations.map(({ path, target, message }) => ({ place: source.locate(path, target), message })),
    HINT,
  );
  const { question, defects } = source.value as DefectsFile;
  throwProblems(
    [...defects.flatMap((entry, index) => entryProblems(entry, index, source)), ...repeated(defects, source)],
    HINT,
  );
  throwProblems(unknownNames(options.only ?? [], defects), HINT);
  const wanted = defects.map((entry, index) => ({ entry, place: source.locate(['defects', index]) }));
  const chosen = wanted.filter(({ entry }) => options.only?.includes(entry.defect) ?? true);
  const trials = [...goodTrials(chosen, options), ...chosen.map((placed) => trialOf(placed, chosen, options))];
  const estimatedMs = trials.reduce((sum, { workload }) => sum + durationOf(workload), 0);
  return freezeDeep({ name, file, question, text, trials, estimatedMs });
}

function durationOf(workload: Workload): number {
  return workload.kind === 'scenario' ? workload.plan.estimatedMs : CONFORMANCE_MS;
}

function entryProblems(entry: DefectEntry, index: number, source: YamlSource): readonly Problem[] {
  const problem = (key: string, message: string): Problem => ({
    place: source.locate(['defects', index, key]),
    message: `defects[${index}].${key}: ${message}`,
  });
  const { defect, scenario, caughtBy, behaviour, set } = entry;
  const known = defectNames();
  const problems: Problem[] = [];
  if (!known.includes(defect))
    problems.push(problem('defect', `unknown defect "${defect}"${suggestion(defect, known)}`));
  if (behaviour === undefined) {
    if (scenario === undefined || caughtBy === undefined) {
      problems.push(problem('defect', 'expected scenario and caughtBy, or behaviour, got neither'));
    } else if (!scenarioNames().includes(scenario)) {
      problems.push(problem('scenario', `unknown scenario "${scenario}"${suggestion(scenario, scenarioNames())}`));
    }
    return problems;
  }
  const ids = ALL_BEHAVIOURS.map(({ id }) => id);
  if (!ids.includes(behaviour)) {
    problems.push(problem('behaviour', `unknown behaviour "${behaviour}"${behaviourHint(behaviour, ids)}`));
  }
  if (scenario !== undefined || caughtBy !== undefined || Object.keys(set).length > 0) {
    problems.push(problem('behaviour', 'expected a behaviour alone, got keys of a scenario beside it'));
  }
  return problems;
}

/** There are too many to list. */
function behaviourHint(word: string, ids: readonly string[]): string {
  const nearest = nearestWord(word, ids) ?? ids.find((id) => id.includes(word));
  return nearest === undefined ? '; npm run conformance -- --json lists them' : `; did you mean "${nearest}"?`;
}

function repeated(defects: readonly DefectEntry[], source: YamlSource): readonly Problem[] {
  return defects.flatMap(({ defect }, index) => {
    if (defects.findIndex((other) => other.defect === defect) === index) return [];
    const message = `defects[${index}].defect: expected every defect once, got "${defect}" a second time`;
    return [{ place: source.locate(['defects', index, 'defect']), message }];
  });
}

function unknownNames(only: readonly string[], defects: readonly DefectEntry[]): readonly Problem[] {
  const names = defects.map(({ defect }) => defect);
  return only
    .filter((name) => !names.includes(name))
    .map((name) => ({ place: { option: '--only' }, message: `unknown defect "${name}"${suggestion(name, names)}` }));
}

interface Placed {
  readonly entry: DefectEntry;
  readonly place: Place;
}

/** Each workload once, and all behaviours together. */
function goodTrials(chosen: readonly Placed[], options: Omit<ScenarioOptions, 'quick'>): readonly Trial[] {
  const loaded = chosen.filter(({ entry }) => entry.scenario !== undefined);
  const ofScenarios = loaded
    .filter((placed) => loaded.find((other) => isSameLoad(other.entry, placed.entry)) === placed)
    .map(({ entry, place }) => trialOf({ entry: { ...entry, defect: NO_DEFECT }, place }, chosen, options))
    .map(({ workload }): Trial => ({ defect: NO_DEFECT, workload, caughtBy: undefined }));
  const behaviours = [...new Set(chosen.flatMap(({ entry }) => entry.behaviour ?? []))];
  if (behaviours.length === 0) return ofScenarios;
  const title = `conformance, ${behaviours.length} of its behaviours`;
  return [
    ...ofScenarios,
    { defect: NO_DEFECT, workload: { kind: 'conformance', title, behaviours }, caughtBy: undefined },
  ];
}

function isSameLoad(one: DefectEntry, other: DefectEntry): boolean {
  return one.scenario === other.scenario && JSON.stringify(one.set) === JSON.stringify(other.set);
}

/** Judged by what the scenario asks for and by what is meant to catch any of the defects under this load. */
function trialOf({ entry, place }: Placed, all: readonly Placed[], options: Omit<ScenarioOptions, 'quick'>): Trial {
  const { defect, scenario, caughtBy, behaviour, set } = entry;
  if (scenario === undefined) {
    const behaviours = behaviour === undefined ? [] : [behaviour];
    return { defect, caughtBy: behaviour, workload: { kind: 'conformance', title: 'conformance', behaviours } };
  }
  // JSON is YAML.
  const setOf = ([key, value]: readonly [string, unknown]) => `${key}=${JSON.stringify(value)}`;
  const ownSets = Object.entries(set).map(setOf);
  const sets = [...ownSets, ...options.sets, `server.defect=${defect}`, 'rounds=1', 'ceiling=false'];
  const catching = all.flatMap((other) => (isSameLoad(other.entry, entry) ? (other.entry.caughtBy ?? []) : []));
  try {
    const { checks } = loadScenario(scenario, { ...options, sets, quick: true }).scenario;
    const allSets = [...sets, setOf(['checks', [...new Set([...checks, ...catching])]])];
    const plan = loadScenario(scenario, { ...options, sets: allSets, quick: true });
    return { defect, caughtBy, workload: { kind: 'scenario', title: titleOf(scenario, set), plan } };
  } catch (error) {
    throw error instanceof CommandError ? relocated(error, place, scenario) : error;
  }
}

/** A whole schedule of faults does not belong in a title. */
function titleOf(scenario: string, set: DefectEntry['set']): string {
  const shown = Object.entries(set).map(([key, value]) => `${key}=${typeof value === 'object' ? '…' : String(value)}`);
  return [scenario, ...shown].join(' ');
}

function relocated(cause: CommandError, place: Place, scenario: string): CommandError {
  const where = 'file' in place ? `${place.file}:${place.line}:${place.column}` : place.option;
  return new CommandError(cause.exitCode, `${where}: scenario ${scenario} as it is set here:\n${cause.message}`, {
    hint: cause.hint,
    cause,
  });
}
