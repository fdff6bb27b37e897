import { startProgram } from '../cli/run-program.ts';
import { runCompare } from './compare-command.ts';

process.exitCode = await runCompare(startProgram());
