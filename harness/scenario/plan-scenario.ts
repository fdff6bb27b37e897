import { serverProgram } from '../target/server-program.ts';
import { withoutPassword } from './describe-schema.ts';
import { estimateMs } from './estimate.ts';
import { expandMatrix, interleave } from './expand-matrix.ts';
import { expectationProblems } from './expectation-problem.ts';
import { freezeDeep } from './freeze-deep.ts';
import { OVERRIDES_SCHEMA, SCENARIO_FILE_SCHEMA } from './json-schema.ts';
import { applyOverrides, type OverriddenScenario, type Override, overridesOf, readSetOption } from './override.ts';
import { type Place, type Problem, throwProblems } from './problem.ts';
import { resolvedYaml } from './resolved-yaml.ts';
import { type Arm, type Scenario, type ScenarioPlan, SETTABLE_KEYS } from './scenario.ts';
import type { ScenarioFile } from './scenario-file.ts';
import { createValidator, type Violation } from './validate.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

const HINT = 'scenarios/scenario.schema.json describes every key; npm run scenario -- --list shows scenarios that work';

/** What --quick means for a scenario that does not say. */
const BUILT_IN_QUICK = { rounds: 1, 'load.warmUp': '500ms', 'load.duration': '2s' };

const DOTTED_KEYS = SETTABLE_KEYS.map(({ dotted }) => dotted);
const violationsOfFile = createValidator(SCENARIO_FILE_SCHEMA, DOTTED_KEYS);
const violationsOfOverrides = createValidator(OVERRIDES_SCHEMA, DOTTED_KEYS);

/** What the command line says about a scenario. */
export interface ScenarioOptions {
  /** `key=value` texts of --set, in their order. */
  readonly sets: readonly string[];
  /** Put the file's `quick` values in. */
  readonly quick: boolean;
  /** --postgres: takes the place of postgres.provider. */
  readonly postgres?: string | undefined;
}

/** A scenario with some of its overrides, expanded. */
interface Variant extends OverriddenScenario {
  readonly arms: readonly Arm[];
  readonly combinations: number;
  readonly problems: readonly Problem[];
}

/**
 * Turns the text of a scenario file into a frozen plan: reads, validates, fills in defaults, puts overrides in (`quick`,
 * then --postgres, then --set), multiplies the matrix. Throws one CommandError (usage) with every problem.
 */
export function planScenario({ name, file, text }: ScenarioFile, options: ScenarioOptions): ScenarioPlan {
  const source = readYaml(file, text);
  throwProblems(source.problems, HINT);
  const command = commandOverrides(options);
  const violations = violationsOfFile(source.value);
  throwProblems([...violations.map((violation) => located(violation, source, new Map())), ...command.problems], HINT);

  const scenario = source.value as Scenario;
  const asWritten = variantOf(scenario, [], source);
  throwProblems([...asWritten.problems, ...variantExpectations(asWritten, false, source)], HINT);
  const quick = quickOverrides(scenario, source);
  const asQuick = variantOf(scenario, quick, source);
  const asked = variantOf(scenario, [...(options.quick ? quick : []), ...command.overrides], source);
  const problems = [asQuick, asked].flatMap((variant) => [
    ...variant.problems,
    ...variantExpectations(variant, variant === asQuick, source),
  ]);
  throwProblems(problems, HINT);
  // Here and not when the server is started: by then a PostgreSQL would run for nothing.
  for (const { server } of asked.arms) serverProgram(server.defect);

  const resolved = { ...asked.scenario, quick: {} };
  const runs = interleave(asked.arms, resolved.rounds);
  return freezeDeep({
    name,
    file,
    scenario: resolved,
    resolvedYaml: resolvedYaml(
      resolved,
      asked.arms.map((arm) => arm.name),
      heading(file, options),
    ),
    arms: asked.arms,
    combinations: asked.combinations,
    runs,
    estimatedMs: estimateMs(runs, resolved.ceiling, resolved.slices),
  });
}

function variantOf(scenario: Scenario, overrides: readonly Override[], source: YamlSource): Variant {
  const overridden = applyOverrides(scenario, overrides);
  const { arms, combinations, violations } = expandMatrix(overridden.scenario);
  return {
    ...overridden,
    arms,
    combinations,
    problems: violations.map((violation) => located(violation, source, overridden.origins)),
  };
}

/**
 * Expectations are held against the arms of the file, of its quick variant and, when --set brings them, of the run.
 * A --set that takes an arm away is no mistake of the file: what is expected of that arm is then simply not known.
 */
function variantExpectations(variant: Variant, isQuick: boolean, source: YamlSource): readonly Problem[] {
  const origin = variant.origins.get('expect');
  const option = origin !== undefined && 'option' in origin ? origin : undefined;
  if (option === undefined && variant.origins.size > 0 && !isQuick) return [];
  const path = origin !== undefined && isQuick ? ['quick', 'expect'] : ['expect'];
  const placeOf = (index: number, offset: number): Place => option ?? source.locateInText([...path, index], offset);
  const armNames = variant.problems.length > 0 ? undefined : variant.arms.map(({ name }) => name);
  const when = [
    ...(isQuick && origin === undefined ? ['--quick'] : []),
    ...(variant.scenario.cover === 'pairwise' ? ['cover: pairwise'] : []),
  ];
  return expectationProblems(variant.scenario.expect, armNames, placeOf, when);
}

function quickOverrides(scenario: Scenario, source: YamlSource): readonly Override[] {
  if (Object.keys(scenario.quick).length > 0) {
    return overridesOf(scenario.quick, (dotted) => source.locate(['quick', dotted], 'key'));
  }
  const leftAlone = Object.entries(BUILT_IN_QUICK).filter(([dotted]) => !Object.hasOwn(scenario.matrix, dotted));
  return overridesOf(Object.fromEntries(leftAlone), () => ({ option: '--quick' }));
}

function commandOverrides({ sets, postgres }: ScenarioOptions): {
  readonly overrides: readonly Override[];
  readonly problems: readonly Problem[];
} {
  const results = sets.map((text) => readSetOption(text, violationsOfOverrides));
  if (postgres !== undefined) {
    const place = { option: '--postgres' };
    const values = { 'postgres.provider': postgres };
    const problems = violationsOfOverrides(values).map(({ message }) => ({ place, message }));
    results.unshift({ overrides: problems.length > 0 ? [] : overridesOf(values, () => place), problems });
  }
  return {
    overrides: results.flatMap(({ overrides }) => overrides),
    problems: results.flatMap(({ problems }) => problems),
  };
}

/** The place of a violation: where the overridden key got its value, otherwise in the file. */
function located(violation: Violation, source: YamlSource, origins: ReadonlyMap<string, Place>): Problem {
  const [root, key] = violation.path;
  const whole = [...origins].find(([dotted]) => dotted === 'rounds' || dotted.startsWith('matrix.'))?.[1];
  const isWhole = violation.path.length === 1 && (root === 'matrix' || root === 'rounds');
  const own = origins.get(key === undefined ? String(root) : `${root}.${key}`);
  const origin = isWhole ? whole : own;
  return { place: origin ?? source.locate(violation.path, violation.target), message: violation.message };
}

function heading(file: string, { sets, quick, postgres }: ScenarioOptions): string {
  const words = [
    `Resolved from ${file}`,
    ...(quick ? ['--quick'] : []),
    ...(postgres === undefined ? [] : [`--postgres ${withoutPassword(postgres)}`]),
    ...sets.map((text) => `--set ${withoutPassword(text)}`),
  ];
  return words.join(' ');
}
