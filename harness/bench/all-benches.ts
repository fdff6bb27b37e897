import type { Bench } from './bench.ts';
import { benchCheckers } from './checkers.ts';
import { benchGenerator } from './generator.ts';
import { benchHistoryFile } from './history-file.ts';
import { benchHistoryRecord } from './history-record.ts';
import { benchInstrument } from './instrument.ts';
import { benchRecordingCost } from './recording-cost.ts';

/** Every bench there is, in the order in which they are run. */
export const ALL_BENCHES: readonly Bench[] = Object.freeze([
  {
    name: 'history-record',
    question: 'What does it cost to take down a message that is pushed or delivered?',
    run: benchHistoryRecord,
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
