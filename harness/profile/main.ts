import { randomInt } from 'node:crypto';
import { startProgram } from '../cli/run-program.ts';
import { runProfile } from './profile-command.ts';

process.exitCode = await runProfile({ ...startProgram(), seed: randomInt(2 ** 31) });
