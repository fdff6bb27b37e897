import { randomBytes } from 'node:crypto';
import { guardProgram } from '../cli/run-program.ts';
import { runConformance } from './conformance-command.ts';

guardProgram();

process.exitCode = await runConformance({
  argv: process.argv,
  stdout: process.stdout,
  stderr: process.stderr,
  prefix: `conformance-${randomBytes(4).toString('hex')}`,
});
