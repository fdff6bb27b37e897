import { EXIT_CODE } from '../cli/exit-code.ts';
import { runBenches } from './bench-command.ts';

// Whatever gets past the command is our own defect, and must not end with the code for a bar that was missed.
process.on('uncaughtException', (error) => {
  process.stderr.write(`queueproof itself failed: ${error.stack ?? error.message}\n`);
  process.exit(EXIT_CODE.internal);
});
// `… | head` closes the pipe: the benches go on to their end, unseen.
process.stdout.on('error', () => undefined);

process.exitCode = await runBenches({ argv: process.argv, stdout: process.stdout, stderr: process.stderr });
