import { guardProgram } from '../cli/run-program.ts';
import { runTrend } from './trend-command.ts';

guardProgram();

process.exitCode = await runTrend({ argv: process.argv, stdout: process.stdout, stderr: process.stderr });
