/** What a message costs that is kept on the disk while PostgreSQL is away, fdatasync included. */
import { ok, strictEqual } from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { BenchFolder, readAll, sampleRecords } from './bench-buffer.ts';
import { measure } from './measured-work.ts';

const GROUP = 100;

await using folder = await BenchFolder.create();
const kept: string[] = [];
const records = sampleRecords(GROUP);
{
  await using buffer = await folder.openBuffer();
  const measureAppend = async (what: string, count: number, append: () => Promise<unknown>) =>
    await measure({
      what,
      scale: 'µs',
      piece: 'record',
      pieces: count,
      before: () => buffer.pending,
      work: async () => {
        await append();
        return buffer.pending;
      },
      check: (pending, before) => {
        strictEqual(pending, before + count);
        kept.push(...records.slice(0, count));
      },
    });
  const first = records.slice(0, 1);
  await measureAppend('one request, one record', 1, () => buffer.append(first));
  await measureAppend(`one request, ${GROUP} records`, GROUP, () => buffer.append(records));
  // One write for the first of them, and one for all that came meanwhile.
  await measureAppend(`${GROUP} requests at once, one record each`, GROUP, () =>
    Promise.all(records.map((record) => buffer.append([record]))),
  );
}
await using reopened = await folder.openBuffer();
strictEqual(reopened.pending, kept.length);
ok(isDeepStrictEqual(await readAll(reopened), kept), 'what is on the disk is not what was kept');
