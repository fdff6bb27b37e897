import { randomInt } from 'node:crypto';
import { guardProgram } from '../cli/run-program.ts';
import { runProfile } from './profile-command.ts';

guardProgram();

process.exitCode = await runProfile({
  argv: process.argv,
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  seed: randomInt(2 ** 31),
});
