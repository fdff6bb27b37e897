import { randomInt } from 'node:crypto';
import { runCommand } from './cli/command.ts';
import { EXIT_CODE } from './cli/exit-code.ts';

// Whatever gets past the command is our own defect, and must not end with the code for a failed proof.
process.on('uncaughtException', (error) => {
  process.stderr.write(`queueproof itself failed: ${error.stack ?? error.message}\n`);
  process.exit(EXIT_CODE.internal);
});
// `… | head` closes the pipe: the run goes on to its verdict and its report, unseen.
process.stdout.on('error', () => undefined);

process.exitCode = await runCommand({
  argv: process.argv,
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  seed: randomInt(2 ** 31),
});
