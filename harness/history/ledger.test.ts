import { deserialize, serialize } from 'node:v8';
import { expect, test } from 'vitest';
import { OUTCOME_CODE } from './item-outcome.ts';
import { Ledger } from './ledger.ts';

const ID = '01a20679-6f42-7001-a385-8649BA840ae9';
const HEX = '01a206796f427001a3858649ba840ae9';

function filled(requests: number, messages: number): Ledger {
  const ledger = new Ledger('run');
  for (let number = 0; number < requests; number += 1) {
    const request = ledger.open({ producer: number % 7, partition: number % 5, messages, invokedUs: number + 0.5 });
    ledger.complete(request, number + 10, 200);
    ledger.setOutcomes(request, 'queued');
  }
  return ledger;
}

test('rows survive growth, and every message leads back to its request', () => {
  const ledger = filled(3_000, 17);
  expect(ledger.messages).toBe(51_000);
  expect([ledger.producer(2_999), ledger.partition(2_999), ledger.invokedUs(2_999)]).toEqual([3, 4, 2_999.5]);
  for (const message of [0, 16, 17, 50_999]) expect(ledger.requestOf(message)).toBe(Math.floor(message / 17));
  expect(ledger.outcomeCode(50_999)).toBe(OUTCOME_CODE.queued);
});

test('a transfer is trimmed and comes back whole after crossing processes', () => {
  const ledger = filled(1_100, 3);
  ledger.setMessageId(3_299, ID);
  const transfer = ledger.toTransfer();
  expect([transfer.producer.length, transfer.firstMessage.length, transfer.messageId.length]).toEqual([
    1_100,
    1_101,
    3_300 * 16,
  ]);
  const copy = Ledger.fromTransfer(deserialize(serialize(transfer)));
  expect(copy.toTransfer()).toEqual(transfer);
  expect([copy.runId, copy.messageIdHex(3_299), copy.requestOf(3_299)]).toEqual(['run', HEX, 1_099]);
});

test('an empty ledger crosses, and can be written to afterwards', () => {
  const copy = Ledger.fromTransfer(new Ledger('run').toTransfer());
  expect(copy.open({ producer: 1, partition: 2, messages: 20_000, invokedUs: 3 })).toBe(0);
  expect([copy.messages, copy.producer(0)]).toEqual([20_000, 1]);
});

test('only requests of an open loop have a time of their own, and no others take up room for it', () => {
  const ledger = filled(1_500, 2);
  expect([ledger.intendedUs(7), ledger.isScheduled(7), ledger.toTransfer().intendedUs]).toEqual([
    7.5,
    false,
    undefined,
  ]);
  const due = ledger.open({ producer: 0, partition: 2, messages: 1, invokedUs: 90, intendedUs: 90 });
  ledger.send(due, 5, 100);
  for (let request = 0; request < 3_000; request += 1) {
    ledger.open({ producer: 1, partition: 2, messages: 1, invokedUs: request + 1 });
  }
  const copy = Ledger.fromTransfer(ledger.toTransfer());
  expect([copy.intendedUs(due), copy.isScheduled(due), copy.invokedUs(due), copy.producer(due)]).toEqual([
    90,
    true,
    100,
    5,
  ]);
  expect([copy.intendedUs(7), copy.isScheduled(7), copy.intendedUs(4_000)]).toEqual([
    7.5,
    false,
    copy.invokedUs(4_000),
  ]);
});

test('only UUIDs are kept as message ids', () => {
  const ledger = filled(1, 2);
  expect(ledger.setMessageId(1, ID)).toBe(true);
  expect(ledger.hasMessageId(1, Buffer.from(HEX, 'hex'))).toBe(true);
  expect(ledger.hasMessageId(0, Buffer.from(HEX, 'hex'))).toBe(false);
  for (const wrong of ['', HEX, ID.replace('a', 'g'), ID.replace('-', '_'), `${ID}0`, ID.replace('a', 'é')]) {
    ledger.setMessageId(0, ID);
    expect(ledger.setMessageId(0, wrong), wrong).toBe(false);
    expect(ledger.messageIdHex(0)).toBe('0'.repeat(32));
  }
});
