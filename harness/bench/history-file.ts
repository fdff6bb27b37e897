import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEvidence, writeEvidence } from '../history/evidence-file.ts';
import type { Interval } from '../measure/interval.ts';
import type { BenchBar, BenchContext, BenchFigure, BenchOutcome } from './bench.ts';
import { sampleEvidence } from './sample-run.ts';
import { timeTask } from './timed-task.ts';

const BATCHES = [100, 1] as const;
const MESSAGES = 1_000_000;
const ITERATIONS = 5;
const NS_PER_MS = 1_000_000;
const BYTES_PER_MB = 1_000_000;

/** For requests of 100 messages, the batch of the main scenario. */
const LONGEST_WRITE_MS = 2_000;
const LARGEST_FILE_MB = 12;

/** How long the history of a million messages takes to be written and read, and how large it is. */
export async function benchHistoryFile(context: BenchContext): Promise<BenchOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'queueproof-bench-'));
  const figures: BenchFigure[] = [];
  const bars: BenchBar[] = [];
  try {
    for (const batch of BATCHES) {
      context.onProgress(`${MESSAGES.toLocaleString('en-GB')} messages in batches of ${batch}`);
      const { write, read, sizeMb } = await timeFile(folder, batch, context);
      const what = `a million messages, batch=${batch}`;
      figures.push(
        { what: `${what}: write`, unit: 'ms', value: write },
        { what: `${what}: read`, unit: 'ms', value: read },
        { what: `${what}: size`, unit: 'MB', value: { median: sizeMb, low: sizeMb, high: sizeMb } },
      );
      if (batch === BATCHES[0]) bars.push(...barsOf(write, sizeMb));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { figures, bars };
}

async function timeFile(
  folder: string,
  batch: number,
  context: BenchContext,
): Promise<{ readonly write: Interval; readonly read: Interval; readonly sizeMb: number }> {
  const evidence = sampleEvidence({ messages: MESSAGES, batch, seed: context.seed });
  let file = '';
  const write = async () => {
    file = await writeEvidence(folder, 1, { arm: 'sample', round: 1, checks: [], evidence });
  };
  const read = async () => {
    const { ledger } = (await readEvidence(file)).evidence;
    const last = MESSAGES - 1;
    if (ledger.messages !== MESSAGES || ledger.messageIdHex(last) !== evidence.ledger.messageIdHex(last)) {
      throw new Error('the history that was read is not the one that was written');
    }
  };
  const timed = async (work: () => Promise<void>) =>
    scaled(await timeTask({ work, units: 1, iterations: ITERATIONS }, context), NS_PER_MS);
  const written = await timed(write);
  return { write: written, read: await timed(read), sizeMb: (await stat(file)).size / BYTES_PER_MB };
}

function scaled({ median, low, high }: Interval, by: number): Interval {
  return { median: median / by, low: low / by, high: high / by };
}

function barsOf(write: Interval, sizeMb: number): readonly BenchBar[] {
  const isFast = write.high < LONGEST_WRITE_MS ? true : write.low > LONGEST_WRITE_MS ? false : null;
  return [
    {
      text: `a million messages are written in less than ${LONGEST_WRITE_MS / 1_000} s`,
      met: isFast,
      observed: `${Math.round(write.median)} ms`,
    },
    {
      text: `their file has at most ${LARGEST_FILE_MB} MB`,
      met: sizeMb <= LARGEST_FILE_MB,
      observed: `${sizeMb.toFixed(1)} MB`,
    },
  ];
}
