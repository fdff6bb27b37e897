import { guardProgram } from '../cli/run-program.ts';
import { runRerender } from './rerender-command.ts';

guardProgram();

process.exitCode = await runRerender({ argv: process.argv, stdout: process.stdout, stderr: process.stderr });
