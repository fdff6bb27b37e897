import { randomInt } from 'node:crypto';
import { runCommand } from './cli/command.ts';
import { startProgram } from './cli/run-program.ts';

process.exitCode = await runCommand({ ...startProgram(), seed: randomInt(2 ** 31) });
