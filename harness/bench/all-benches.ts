import type { Bench } from './bench.ts';
import { benchProgram, benchProgramOnPostgres } from './bench-processes.ts';
import { benchCheckers } from './checkers.ts';
import { benchGateRule } from './gate-rule.ts';
import { benchGenerator } from './generator.ts';
import { benchHistoryFile } from './history-file.ts';
import { benchInstrument } from './instrument.ts';
import { benchRecordingCost } from './recording-cost.ts';

/** Every bench there is, in the order in which they are run: of the server, of the harness, then those that take long. */
export const ALL_BENCHES: readonly Bench[] = Object.freeze([
  {
    name: 'uuid-v7',
    question: 'What does the id of a message cost?',
    run: benchProgram(new URL('../../server/bench/uuid-v7.ts', import.meta.url)),
  },
  {
    name: 'connection-budget',
    question: 'What does it cost to share out the connections?',
    run: benchProgram(new URL('../../server/bench/connection-budget.ts', import.meta.url)),
  },
  {
    name: 'batch-plan',
    question: 'What does it cost to cut a large push into batches?',
    run: benchProgram(new URL('../../server/bench/batch-plan.ts', import.meta.url)),
  },
  {
    name: 'binary-array',
    question: 'What does it cost to turn the messages of a push into the parameters of its statement?',
    run: benchProgram(new URL('../../server/bench/binary-array.ts', import.meta.url)),
  },
  {
    name: 'payload-cipher',
    question: 'What does an encrypted queue cost a message, on its way in and on its way out?',
    run: benchProgram(new URL('../../server/bench/payload-cipher.ts', import.meta.url)),
  },
  {
    name: 'buffer-append',
    question: 'What does it cost to keep a message on the disk while PostgreSQL is away?',
    run: benchProgram(new URL('../../server/bench/buffer-append.ts', import.meta.url)),
  },
  {
    name: 'buffer-recovery',
    question: 'How long does a restart take to find and read back what was buffered?',
    run: benchProgram(new URL('../../server/bench/buffer-recovery.ts', import.meta.url)),
  },
  {
    name: 'pool-acquire',
    question: 'What does it cost to borrow a connection and give it back, idle and contended?',
    run: benchProgramOnPostgres(new URL('../../server/bench/pool-acquire.ts', import.meta.url)),
  },
  {
    name: 'pool-drain',
    question: 'What does a connection cost that comes back with a result on its way or in a transaction?',
    run: benchProgramOnPostgres(new URL('../../server/bench/pool-drain.ts', import.meta.url)),
  },
  {
    name: 'latency-histogram',
    question: 'What does it cost to record a latency, and to merge the histograms of rounds?',
    run: benchProgram(new URL('latency-histogram.ts', import.meta.url)),
  },
  {
    name: 'scenario-load',
    question: 'How long does a scenario file take to be read, checked and expanded?',
    run: benchProgram(new URL('scenario-load.ts', import.meta.url)),
  },
  {
    name: 'history-record',
    question: 'What does it cost to take down a message that is pushed or delivered?',
    run: benchProgram(new URL('history-record.ts', import.meta.url)),
  },
  {
    name: 'history-file',
    question: 'How long does the history of a million messages take to be written and read, and how large is it?',
    run: benchHistoryFile,
  },
  {
    name: 'checkers',
    question: 'What does it take to judge a million messages by all checks?',
    run: benchCheckers,
  },
  {
    name: 'gate-rule',
    question: 'How often is the gate wrong, and what does it see? On simulated machines.',
    run: benchGateRule,
  },
  {
    name: 'recording-cost',
    question: 'How much of the throughput does recording cost?',
    run: benchRecordingCost,
  },
  {
    name: 'instrument',
    question: 'How true are the percentiles of the open loop, at a server with stalls?',
    run: benchInstrument,
  },
  {
    name: 'generator',
    question: 'How many requests does the open loop send on one core?',
    run: benchGenerator,
  },
]);
