import { startProgram } from '../cli/run-program.ts';
import { runBenches } from './bench-command.ts';

process.exitCode = await runBenches(startProgram());
