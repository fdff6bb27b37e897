/** What it costs to turn the messages of a push into the parameters of its statement. */
import { ok, strictEqual } from 'node:assert/strict';
import { int8Array, jsonArray, textArray, uuidArray } from '../sql/binary-array.ts';
import { measure } from './measured-work.ts';
import { sampleMessages } from './sample-messages.ts';

const MESSAGES = 1_000;
const PAYLOAD_BYTES = 100;
const HEADER_BYTES = 20;

const messages = sampleMessages(MESSAGES, PAYLOAD_BYTES);
const partitionIds = messages.map((_, index) => BigInt(index));
const ids = messages.map(({ id }) => id.bytes);
const transactionIds = messages.map(({ transactionId }) => transactionId);
const payloads = messages.map(({ payload }) => payload);

await measureEncoding('int8', () => int8Array(partitionIds), partitionIds.map(bigEndian));
await measureEncoding('uuid', () => uuidArray(ids), ids);
await measureEncoding('text', () => textArray(transactionIds), transactionIds.map(utf8));
await measureEncoding(`json of ${PAYLOAD_BYTES} bytes`, () => jsonArray(payloads), payloads.map(utf8));

async function measureEncoding(type: string, work: () => Buffer, elements: readonly Buffer[]): Promise<void> {
  const data = Buffer.concat(elements.flatMap((element) => [uint32(element.length), element]));
  await measure({
    what: `array of ${MESSAGES} ${type}`,
    scale: 'ns',
    piece: 'element',
    pieces: MESSAGES,
    before: () => undefined,
    work,
    check: (array) => {
      strictEqual(array.readInt32BE(12), MESSAGES);
      ok(array.subarray(HEADER_BYTES).equals(data), 'the elements are not those that were encoded');
    },
  });
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function bigEndian(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}
