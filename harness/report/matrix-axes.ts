import { ownParameters, shownParameters } from './arm-parameters.ts';
import type { ArmResult } from './result.ts';

/** A parameter in which the arms of a result differ. */
export interface MatrixAxis {
  readonly key: string;
  readonly label: string;
  /** In the order of the arms. */
  readonly values: readonly string[];
}

/** Of an arm that says nothing of a parameter that others have. */
const NO_VALUE = '–';

/**
 * The parameters that were varied independently, in the order of the parameters: what follows from those before it, such as a
 * warm-up of its own for every route, is no axis.
 */
export function matrixAxes(arms: readonly ArmResult[]): readonly MatrixAxis[] {
  const labels = new Map(
    arms.flatMap((arm) => ownParameters(arm, arms).map(({ key, label }) => [key, label] as const)),
  );
  const axes: MatrixAxis[] = [];
  for (const [key, label] of labels) {
    const byOthers = Map.groupBy(arms, (arm) => axes.map((axis) => placeOfArm(arm, axis.key)).join('\n'));
    const follows =
      axes.length > 0 &&
      [...byOthers.values()].every((alike) => new Set(alike.map((arm) => placeOfArm(arm, key))).size === 1);
    if (!follows) axes.push({ key, label, values: [...new Set(arms.map((arm) => placeOfArm(arm, key)))] });
  }
  return axes;
}

/** Where an arm stands on the axis of this key. */
export function placeOfArm(arm: ArmResult, key: string): string {
  return shownParameters(arm).find((parameter) => parameter.key === key)?.value ?? NO_VALUE;
}
