import { startProgram } from '../cli/run-program.ts';
import { runRerender } from './rerender-command.ts';

process.exitCode = await runRerender(startProgram());
