import { describe, expect, test } from 'vitest';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { fingerprintOf } from '../report/machine-fingerprint.ts';
import { sampleCalibration } from '../test/sample-calibration.ts';
import { type Calibration, refuseUnsupported } from './calibration.ts';

const CALIBRATION = sampleCalibration();

function refusal(
  threshold: number,
  changes: Partial<Calibration> = {},
  machine = CALIBRATION.machine,
): string | undefined {
  try {
    refuseUnsupported(threshold, { ...CALIBRATION, ...changes }, machine);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== EXIT_CODE.unavailable) throw error;
    return error.message;
  }
}

describe('a calibration', () => {
  test('supports a threshold that the noisiest speed can be seen at', () => {
    expect(refusal(0.1)).toBeUndefined();
  });

  test('refuses one that a speed cannot, with what it can', () => {
    expect(refusal(0.05)).toMatch(
      "in 16 blocks it sees no change below 7.4 % of push's throughput (block sd 4.5 %), and 5 % were asked for",
    );
  });

  test('of a machine that sees nothing supports nothing', () => {
    const metrics = CALIBRATION.metrics.map((metric) => ({ ...metric, smallestChange: null }));
    expect(refusal(0.9, { metrics })).toMatch('it sees no change at all of push');
  });

  test('of another machine does not count', () => {
    const other = fingerprintOf({ ...CALIBRATION.machine, cores: 64 });
    expect(refusal(0.1, {}, other)).toMatch('it is of another machine: number of cores (2, then 64)');
  });

  test('that saw more false alarms than chance explains does not count', () => {
    expect(refusal(0.1, { falseAlarms: { gates: 20, failed: 1 } })).toBeUndefined();
    expect(refusal(0.1, { falseAlarms: { gates: 20, failed: 3 } })).toMatch(
      '3 of 20 gates of equal versions failed, and the rule grants 1 %',
    );
  });
});
