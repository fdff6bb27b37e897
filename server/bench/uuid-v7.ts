/** What the id of a message costs. */
import { ok, strictEqual } from 'node:assert/strict';
import { parseUuid, UuidV7Generator } from '../queue/uuid-v7.ts';
import { measure } from './measured-work.ts';

const IDS = 1_000;

const generator = new UuidV7Generator(Date.now);
const generate = () => Array.from({ length: IDS }, () => generator.generate());
const common = { scale: 'ns', piece: 'id', pieces: IDS, before: () => undefined } as const;
let last = generator.generate().text;

await measure({
  ...common,
  what: 'generate',
  work: generate,
  check: (ids) => {
    for (const { bytes, text } of ids) {
      // Strictly increasing, also over iterations: so no id comes twice.
      ok(text > last, `${text} came after ${last}`);
      last = text;
      strictEqual(bytes.readUInt8(6) >>> 4, 7);
    }
    strictEqual(ids.length, IDS);
  },
});

const ids = generate();
await measure({
  ...common,
  what: 'parse',
  work: () => ids.map(({ text }) => parseUuid(text)),
  check: (parsed) => ok(parsed.every((bytes, index) => bytes?.equals(ids[index]?.bytes ?? Buffer.of()))),
});
