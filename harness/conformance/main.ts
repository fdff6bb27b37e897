import { randomBytes } from 'node:crypto';
import { startProgram } from '../cli/run-program.ts';
import { runConformance } from './conformance-command.ts';

process.exitCode = await runConformance({
  ...startProgram(),
  prefix: `conformance-${randomBytes(4).toString('hex')}`,
});
