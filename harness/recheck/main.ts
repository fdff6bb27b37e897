import { startProgram } from '../cli/run-program.ts';
import { runRecheck } from './recheck-command.ts';

process.exitCode = await runRecheck(startProgram());
