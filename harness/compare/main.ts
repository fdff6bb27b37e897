import { guardProgram } from '../cli/run-program.ts';
import { runCompare } from './compare-command.ts';

guardProgram();

process.exitCode = await runCompare({ argv: process.argv, stdout: process.stdout, stderr: process.stderr });
