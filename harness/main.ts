import { randomInt } from 'node:crypto';
import { runCommand } from './cli/command.ts';
import { guardProgram } from './cli/run-program.ts';

guardProgram();

process.exitCode = await runCommand({
  argv: process.argv,
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  seed: randomInt(2 ** 31),
});
