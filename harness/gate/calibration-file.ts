import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { shownPath } from '../cli/shown-path.ts';
import { fingerprintOf, type MachineFingerprint } from '../report/machine-fingerprint.ts';
import { type Calibration, readCalibration, refuseUnsupported } from './calibration.ts';
import { percent } from './percent.ts';

const HASH_DIGITS = 12;

/** Where the calibration of a kind of machine is kept, below the folder of the reports. */
export function calibrationFile(reportsRoot: string, machine: MachineFingerprint): string {
  const hash = createHash('sha256').update(JSON.stringify(machine)).digest('hex').slice(0, HASH_DIGITS);
  return join(reportsRoot, 'baselines', `calibration-${hash}.json`);
}

/**
 * What the calibration of this machine says to a gate, as notes for its report. Throws the CommandError of refuseUnsupported
 * when a threshold was asked for (`isAsked`) that it does not support: the gate could not keep its word.
 */
export async function calibrationNotes(
  reportsRoot: string,
  environment: MachineFingerprint,
  { threshold, isAsked }: { readonly threshold: number; readonly isAsked: boolean },
): Promise<readonly string[]> {
  const machine = fingerprintOf(environment);
  const file = calibrationFile(reportsRoot, machine);
  if (!(await isThere(file))) {
    return ['what this gate can see on this machine is not known: npm run gate -- --calibrate finds out'];
  }
  const calibration = await readCalibration(file);
  if (isAsked) refuseUnsupported(threshold, calibration, machine);
  return [`calibrated ${calibration.madeAt} (${shownPath(file)}): ${calibrationSentence(calibration)}`];
}

/** What was found out, in one sentence. */
export function calibrationSentence({ falseAlarms, power, metrics }: Calibration): string {
  const speeds = metrics.filter(({ kind }) => kind === 'speed');
  const seen = power.map(({ slowdown, gates, failed }) => `${failed} of ${gates} slowed by ${percent(slowdown)}`);
  const least = speeds.map(({ smallestChange }) => smallestChange);
  const known = least.filter((change) => change !== null);
  const smallest =
    known.length < least.length || known.length === 0
      ? 'some speed is too noisy to see any change of it'
      : `the smallest loss it sees of every speed is ${percent(Math.max(...known))}`;
  return [
    `${falseAlarms.failed} of ${falseAlarms.gates} gates of equal versions failed`,
    ...(seen.length === 0 ? [] : [`it failed ${seen.join(', ')}`]),
    smallest,
  ].join('; ');
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
