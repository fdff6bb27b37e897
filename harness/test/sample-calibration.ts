import type { Calibration } from '../gate/calibration.ts';

/** A calibration as two quiet cores might give it: 8 % of throughput can be seen, and no false alarm was. */
export function sampleCalibration(): Calibration {
  return {
    schemaVersion: 1,
    madeAt: '2026-11-30T10:00:00.000Z',
    git: '0123456789ab',
    machine: {
      node: 'v24.21.0',
      postgres: 'PostgreSQL 18.4 on x86_64-pc-linux-gnu, 64-bit',
      provider: 'embedded',
      maxConnections: 100,
      cpu: 'AMD EPYC',
      cores: 2,
      memoryBytes: 25_276_059_648,
      os: 'Linux 6.18 x64',
      postgresSettings: {},
    },
    minutesPerBlock: 0.28,
    blocks: 16,
    metrics: [
      {
        arm: 'push',
        metric: 'throughput',
        kind: 'speed',
        blocks: 48,
        blockSd: 0.045,
        offset: { ratio: 1.004, low: 0.991, high: 1.017 },
        smallestChange: 0.074,
      },
      {
        arm: 'push',
        metric: 'writeTransactions',
        kind: 'cost',
        blocks: 48,
        blockSd: 0.12,
        offset: { ratio: 1, low: 0.97, high: 1.03 },
        smallestChange: 0.15,
      },
    ],
    falseAlarms: { gates: 20, failed: 0 },
    falseAlarm: 0.01,
    power: [
      { slowdown: 0.1, gates: 10, failed: 9 },
      { slowdown: 0.2, gates: 10, failed: 10 },
    ],
  };
}
