import type { ArmResult } from './result.ts';

/** One parameter as it is shown: its dotted key or the last part of it, and its value. */
export interface ShownParameter {
  readonly key: string;
  readonly label: string;
  readonly value: string;
}

/** Parameters that all arms have in common; an arm's name tells those that differ. */
export function sharedParameters(arms: readonly ArmResult[]): readonly ShownParameter[] {
  const [first, ...others] = arms;
  if (first === undefined) return [];
  return shownParameters(first).filter(({ key, value }) =>
    others.every((arm) => key in arm.parameters && shownValue(arm.parameters[key]) === value),
  );
}

/** Parameters in which an arm differs from some other arm of the result. */
export function ownParameters(arm: ArmResult, arms: readonly ArmResult[]): readonly ShownParameter[] {
  const shared = new Set(sharedParameters(arms).map(({ key }) => key));
  return shownParameters(arm).filter(({ key }) => !shared.has(key));
}

/** All that an arm tells of its parameters. */
export function shownParameters(arm: ArmResult): readonly ShownParameter[] {
  return Object.entries(arm.parameters)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => ({ key, label: labelOf(key), value: shownValue(value) }));
}

/** Others have a batch, too: only the keys of the server and the ordinary producers are shortened. */
function labelOf(key: string): string {
  return /^(server|load)\.\w+$/.test(key) ? key.slice(key.lastIndexOf('.') + 1) : key;
}

function shownValue(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
