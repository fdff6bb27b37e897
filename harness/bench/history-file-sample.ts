/** Writes and reads the history of a sample run once, and tells what that took; see history-file.ts. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEvidence, writeEvidence } from '../history/evidence-file.ts';
import { printReading } from './reading.ts';
import { sampleEvidence } from './sample-run.ts';

const BYTES_PER_MB = 1_000_000;

const [messages = 0, batch = 1, seed = 1] = process.argv.slice(2).map(Number);
const evidence = sampleEvidence({ messages, batch, seed });
const what = `${messages.toLocaleString('en-GB')} messages, batch=${batch}`;

const folder = await mkdtemp(join(tmpdir(), 'queueproof-bench-'));
try {
  const startedMs = performance.now();
  const file = await writeEvidence(folder, 1, { arm: 'sample', round: 1, checks: [], evidence });
  const writtenMs = performance.now();
  const { ledger } = (await readEvidence(file)).evidence;
  const readMs = performance.now();
  const last = messages - 1;
  if (ledger.messages !== messages || ledger.messageIdHex(last) !== evidence.ledger.messageIdHex(last)) {
    throw new Error('the history that was read is not the one that was written');
  }
  printReading({ what: `${what}: write`, unit: 'ms', value: writtenMs - startedMs });
  printReading({ what: `${what}: read`, unit: 'ms', value: readMs - writtenMs });
  printReading({ what: `${what}: size`, unit: 'MB', value: (await stat(file)).size / BYTES_PER_MB });
} finally {
  await rm(folder, { recursive: true, force: true });
}
