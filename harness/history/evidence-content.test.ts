import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evidence } from '../test/checkers-evidence.ts';
import { ConsumerHistory } from './consumer-history.ts';
import type { RunEvidence } from './evidence.ts';
import { decodeContent, encodeContent } from './evidence-content.ts';
import { ITEM_OUTCOMES } from './item-outcome.ts';
import { Ledger } from './ledger.ts';
import { Repeats } from './repeats.ts';
import { SETTLE_OUTCOMES, SETTLEMENTS } from './settlement.ts';
import { UnreadableHistory } from './unreadable-history.ts';

const ABOUT = { queueproof: '0.1.0', run: { index: 3, arm: 'push batch=1', round: 2, checks: ['accounting'] } };

const KEY = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('$column', '$undefined', '$', '__proto__', 'length'),
);

/** Every kind of value that evidence can have, the classes apart. */
const { value: ANY_VALUE } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.constantFrom<unknown>(null, undefined, true, false, Number.NaN, -0, Number.POSITIVE_INFINITY, '\ud800'),
    fc.uint8Array(),
    fc.float64Array(),
    fc.uint32Array({ maxLength: 600 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(KEY, tie('value'), { maxKeys: 5 }),
  ),
}));

const TIME = fc.double({ min: 0, max: 1e12, noNaN: true });

const LEDGER = fc
  .array(
    fc.record({
      messages: fc.integer({ min: 0, max: 5 }),
      outcome: fc.constantFrom(...ITEM_OUTCOMES),
      atUs: TIME,
      isScheduled: fc.boolean(),
    }),
  )
  .map((requests) => {
    const ledger = new Ledger('run');
    for (const { messages, outcome, atUs, isScheduled } of requests) {
      const intended = isScheduled ? { intendedUs: atUs / 2 } : {};
      const request = ledger.open({ producer: messages, partition: 65_535, messages, invokedUs: atUs, ...intended });
      ledger.setOutcomes(request, outcome);
      for (let message = ledger.firstMessage(request); message < ledger.messages; message += 1) {
        ledger.setMessageId(message, `0199c3b4-0000-7000-8000-${message.toString(16).padStart(12, '0')}`);
      }
      if (outcome !== 'pending') ledger.complete(request, atUs + 1, 201);
    }
    return ledger;
  });

const REPEATS = fc.array(fc.tuple(fc.nat(), fc.boolean(), TIME)).map((opened) => {
  const repeats = new Repeats('run');
  for (const [original, isLegacy, invokedUs] of opened) {
    repeats.open(original, isLegacy, { producer: 1, partition: 2, messages: 3, invokedUs });
  }
  return repeats;
});

const CONSUMER_HISTORY = fc
  .array(
    fc.tuple(fc.constantFrom(...SETTLEMENTS), fc.array(fc.tuple(fc.nat(), fc.constantFrom(...SETTLE_OUTCOMES))), TIME),
  )
  .map((pops) => {
    const history = new ConsumerHistory(['', 'group $1']);
    for (const [settlement, deliveries, atUs] of pops) {
      const pop = history.openPop({ consumer: 1, group: 1, invokedUs: atUs });
      history.completePop(pop, { completedUs: atUs + 1, httpStatus: 200, leaseId: `lease ${atUs}` });
      for (const [message, outcome] of deliveries) history.setOutcome(history.deliver(pop, message, 3), outcome);
      history.openSettlement(pop, settlement, atUs + 2);
      history.completeSettlement(pop, atUs + 3, 200);
    }
    return history;
  });

function roundTrip(value: RunEvidence): RunEvidence {
  return decodeContent(Buffer.concat([...encodeContent(ABOUT, value)])).evidence;
}

/** With the classes taken apart, so that what they hold is compared. */
function open(value: unknown): unknown {
  if (value instanceof Ledger || value instanceof Repeats || value instanceof ConsumerHistory) {
    return [value.constructor.name, open(value.toTransfer())];
  }
  if (Array.isArray(value)) return value.map(open);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return Object.entries(value).map(([key, child]) => [key, open(child)]);
}

test('evidence with every kind of value comes back as it was, fields that nobody knows yet among them', () => {
  fc.assert(
    fc.property(ANY_VALUE, LEDGER, REPEATS, CONSUMER_HISTORY, (unknownField, ledger, repeats, history) => {
      const whole = { ...evidence(), ledger, repeats, nested: [{ history }, { ledger }], unknownField };
      const back = roundTrip(whole);
      expect(open(back)).toStrictEqual(open(whole));
    }),
  );
});

test('what the run was is kept beside the evidence', () => {
  const { evidence: _, ...about } = decodeContent(Buffer.concat([...encodeContent(ABOUT, evidence())]));
  expect(about).toEqual(ABOUT);
});

test('a history goes on after it was read: the columns can be written to', () => {
  const { ledger } = roundTrip(evidence());
  const request = ledger.open({ producer: 1, partition: 2, messages: 3, invokedUs: 4 });
  expect([ledger.messages, ledger.partition(request)]).toEqual([6, 2]);
});

test('a value that a history file cannot hold is refused with its path', () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const refused = (value: unknown) => () => [
    ...encodeContent(ABOUT, { ...evidence(), faults: [value] } as RunEvidence),
  ];
  expect(refused(new Map())).toThrow('evidence.faults.0 is a Map, which a history file cannot hold');
  expect(refused({ since: new Date() })).toThrow('evidence.faults.0.since is a Date');
  expect(refused(() => 1)).toThrow('evidence.faults.0 is a function');
  expect(refused(1n)).toThrow('evidence.faults.0 is a bigint');
  expect(refused(cycle)).toThrow('or contains itself');
});

interface Manifest {
  readonly run: unknown;
  readonly columns: readonly object[];
  readonly evidence: object;
}

/** The content of a good file with another manifest: text, or what becomes JSON. */
function tampered(change: (manifest: Manifest) => object | string, columns?: Buffer): Buffer {
  const content = Buffer.concat([...encodeContent(ABOUT, evidence())]);
  const end = 4 + content.readUInt32LE();
  const changed = change(JSON.parse(content.toString('utf8', 4, end)) as Manifest);
  const text = Buffer.from(typeof changed === 'string' ? changed : JSON.stringify(changed));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, columns ?? content.subarray(end)]);
}

function changedColumns(change: object): Buffer {
  return tampered((manifest) => ({
    ...manifest,
    columns: manifest.columns.map((column) => ({ ...column, ...change })),
  }));
}

const TAMPERED: readonly [string, Buffer, RegExp][] = [
  ['nothing', Buffer.alloc(0), /manifest should have 0 bytes/],
  ['a manifest longer than the content', Buffer.from([255, 255, 255, 255, 1]), /should have 4294967295 bytes/],
  ['a manifest that is no JSON', tampered(() => '{'), /no JSON/],
  ['a manifest of another shape', tampered((manifest) => ({ ...manifest, run: 7 })), /manifest is wrong: \/run/],
  ['a column of a type nobody knows', changedColumns({ type: 'Map' }), /manifest is wrong: \/columns\/0/],
  ['columns of ten terabytes', changedColumns({ length: 1e13 }), /should have \d+ bytes together, but there are \d+/],
  ['columns of less than nothing', changedColumns({ length: -1 }), /manifest is wrong: \/columns\/0\/length/],
  ['columns cut off', tampered((manifest) => manifest, Buffer.alloc(3)), /bytes together, but there are 3/],
  ['a column that is not there', changedEvidence({ rows: { $column: 999 } }), /column 999, but there are/],
  ['a column by name', changedEvidence({ rows: { $column: 'length' } }), /column "length"/],
  ['a tag nobody knows', changedEvidence({ rows: { $function: 'x' } }), /\$function, which means nothing/],
  ['a tag of Object', changedEvidence({ rows: { $number: 'toString' } }), /\$number that is "toString"/],
  ['a tag beside other keys', changedEvidence({ rows: { $undefined: true, b: 1 } }), /beside other keys/],
  ['a ledger that is none', changedEvidence({ ledger: { $ledger: { runId: 'r' } } }), /a ledger without its column/],
  ['no ledger', changedEvidence({ ledger: {} }), /has no ledger/],
  ['evidence without end', changedEvidence({ rows: nested(1000) }), /nested more than 64 deep/],
  ['a history that is none', changedEvidence({ rows: { $consumerHistory: [1] } }), /without the names of its groups/],
];

function changedEvidence(change: object): Buffer {
  return tampered((manifest) => ({ ...manifest, evidence: { ...manifest.evidence, ...change } }));
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

test.each(TAMPERED)('tampered with, %s: an error that says so', (_, content, message) => {
  expect(() => decodeContent(content)).toThrow(message);
  expect(() => decodeContent(content)).toThrow(UnreadableHistory);
});

test('a ledger whose requests overlap or miss messages is refused: nobody could walk through it', () => {
  const ledger = new Ledger('run');
  for (let request = 0; request < 3; request += 1) {
    ledger.open({ producer: 0, partition: 0, messages: 2, invokedUs: 1 });
  }
  const transfer = ledger.toTransfer();
  const wrong = [
    { ...transfer, firstMessage: Uint32Array.of(0, 4, 2, 6) },
    { ...transfer, firstMessage: Uint32Array.of(0, 2, 4, 4_000_000_000) },
    { ...transfer, producer: new Uint16Array(2) },
    { ...transfer, messageId: new Uint8Array(5) },
    { ...transfer, invokedUs: new Uint32Array(3) },
    { ...transfer, intendedUs: new Float64Array(2) },
  ];
  for (const parts of wrong) {
    expect(() => roundTrip({ ...evidence(), ledger: Ledger.fromTransfer(parts as never) })).toThrow(UnreadableHistory);
  }
});

test('nothing in a file reaches a prototype', () => {
  const back = decodeContent(changedEvidence({ rows: JSON.parse('{"__proto__":{"polluted":true}}') })).evidence;
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(Object.keys(back.rows)).toEqual(['__proto__']);
});
