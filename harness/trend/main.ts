import { startProgram } from '../cli/run-program.ts';
import { runTrend } from './trend-command.ts';

process.exitCode = await runTrend(startProgram());
