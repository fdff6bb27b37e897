/** What a restart takes to find and read back what was buffered. */
import { ok, strictEqual } from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { BenchFolder, readAll, sampleRecords } from './bench-buffer.ts';
import { measure } from './measured-work.ts';

const RECORDS = 20_000;
const APPENDED_AT_ONCE = 1_000;

await using folder = await BenchFolder.create();
const records = sampleRecords(RECORDS);
{
  await using buffer = await folder.openBuffer();
  for (let from = 0; from < RECORDS; from += APPENDED_AT_ONCE) {
    await buffer.append(records.slice(from, from + APPENDED_AT_ONCE));
  }
}
const common = { scale: 'ns', piece: 'record', pieces: RECORDS } as const;

await measure({
  ...common,
  what: `open a buffer with ${RECORDS} records`,
  before: () => undefined,
  work: async () => await folder.openBuffer(),
  check: async (buffer) => {
    strictEqual(buffer.pending, RECORDS);
    await buffer[Symbol.asyncDispose]();
  },
});

await measure({
  ...common,
  what: 'read them back',
  before: async () => await folder.openBuffer(),
  work: async (buffer) => await readAll(buffer),
  check: async (texts, buffer) => {
    ok(isDeepStrictEqual(texts, records), 'what was read back is not what was appended');
    await buffer[Symbol.asyncDispose]();
  },
});
