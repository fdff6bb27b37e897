import { guardProgram } from '../cli/run-program.ts';
import { runBenches } from './bench-command.ts';

guardProgram();

process.exitCode = await runBenches({ argv: process.argv, stdout: process.stdout, stderr: process.stderr });
