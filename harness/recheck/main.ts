import { EXIT_CODE } from '../cli/exit-code.ts';
import { runRecheck } from './recheck-command.ts';

// Whatever gets past the command is our own defect, and must not end with the code for a failed proof.
process.on('uncaughtException', (error) => {
  process.stderr.write(`queueproof itself failed: ${error.stack ?? error.message}\n`);
  process.exit(EXIT_CODE.internal);
});
// `… | head` closes the pipe: the checks go on to their end, unseen.
process.stdout.on('error', () => undefined);

process.exitCode = await runRecheck({ argv: process.argv, stdout: process.stdout, stderr: process.stderr });
