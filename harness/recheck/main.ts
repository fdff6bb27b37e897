import { guardProgram } from '../cli/run-program.ts';
import { runRecheck } from './recheck-command.ts';

guardProgram();

process.exitCode = await runRecheck({ argv: process.argv, stdout: process.stdout, stderr: process.stderr });
