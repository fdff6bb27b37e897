import { randomInt } from 'node:crypto';
import { startProgram } from '../cli/run-program.ts';
import { runGateCommand } from './gate-command.ts';

process.exitCode = await runGateCommand({ ...startProgram(), seed: randomInt(2 ** 31) });
