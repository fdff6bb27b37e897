import { runBenches } from '../bench/bench-command.ts';
import { sampleProcesses } from '../bench/bench-processes.ts';
import { startProgram } from '../cli/run-program.ts';

/** The command line of the benches with one of the server that makes ids twice. */
const PROGRAM = new URL('../../server/test/broken-bench.ts', import.meta.url);

process.exitCode = await runBenches(startProgram(), [
  {
    name: 'broken',
    question: 'What does an id cost that comes twice?',
    run: async (context) => ({
      figures: await sampleProcesses({ program: PROGRAM, rounds: 1, words: () => ['uuid-v7'] }, context),
      bars: [],
    }),
  },
]);
