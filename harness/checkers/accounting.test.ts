import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FaultRecord } from '../history/fault-record.ts';
import { ITEM_OUTCOMES, type ItemOutcome } from '../history/item-outcome.ts';
import { Ledger } from '../history/ledger.ts';
import { evidence, rows, type Story, story } from '../test/checkers-evidence.ts';
import {
  acked,
  LEASE_MS,
  nacked,
  received,
  type ToldRun,
  toldConsumption,
  toldDeadLetters,
  toldRun,
} from '../test/told-run.ts';
import { checkAccounting } from './accounting.ts';

const twoExamples = { count: 2, examples: ['x', 'y'] };

function judge(told: Story, more: Parameters<typeof evidence>[0] = {}) {
  return checkAccounting(evidence({ consumption: received(told), ...more }, told));
}

describe('a run in which everything arrived', () => {
  test('is valid, is counted whole and says how much it proves', () => {
    const told = story([...Array<ItemOutcome>(1197).fill('queued'), 'buffered', 'failed', 'rejected', 'indeterminate']);
    expect(judge(told)).toEqual({
      name: 'accounting',
      verdict: 'valid',
      summary: '0 lost of 1,198 acknowledged: loss probability < 2.6e-3 at 95 %',
      counts: {
        attempted: 1201,
        acknowledged: 1198,
        pending: 0,
        queued: 1197,
        buffered: 1,
        duplicate: 0,
        failed: 1,
        rejected: 1,
        indeterminate: 1,
        malformed: 0,
        stored: 1198,
        delivered: 1198,
        lost: 0,
        neverStored: 0,
        storedUnreachable: 0,
        inDeadLetters: 0,
        undelivered: 0,
        duplicated: 0,
        storedTwice: 0,
        deliveredTwice: 0,
        deliveredWithoutRow: 0,
        resurrected: 0,
        recovered: 0,
        unseen: 0,
        falseDuplicate: 0,
        unexpected: 0,
        altered: 0,
        misrouted: 0,
        idMismatches: 0,
        repeatedMessageIds: 0,
      },
      witness: [],
    });
  });

  test('may hold messages that nobody could tell of and that arrived all the same', () => {
    const told = story(['queued', 'indeterminate', 'malformed', 'indeterminate']);
    Object.assign(told.stored, [1, 1, 1, 0]);
    Object.assign(told.delivered, [1, 1, 1, 0]);
    expect(judge(told)).toMatchObject({ verdict: 'valid', counts: { recovered: 2, acknowledged: 1 } });
  });
});

describe('a violation', () => {
  /** Changes what became of message 1 of three queued ones. */
  function changed(stored: number, delivered: number, outcome: ItemOutcome = 'queued'): Story {
    const told = story(['queued', outcome, 'queued']);
    told.stored[1] = stored;
    told.delivered[1] = delivered;
    return told;
  }

  test.each([
    ['neverStored', changed(0, 0), { lost: 1 }],
    ['storedUnreachable', changed(1, 0), { lost: 1 }],
    ['neverStored', changed(0, 0, 'buffered'), { lost: 1 }],
    ['deliveredWithoutRow', changed(0, 1), { lost: 0 }],
    ['storedTwice', changed(2, 1), { duplicated: 1 }],
    ['deliveredTwice', changed(1, 2), { duplicated: 1 }],
    ['resurrected', changed(1, 0, 'failed'), { recovered: 0 }],
    ['resurrected', changed(0, 1, 'rejected'), { recovered: 0 }],
    ['falseDuplicate', changed(0, 0, 'duplicate'), { duplicate: 1 }],
    ['storedTwice', changed(2, 1, 'indeterminate'), { duplicated: 1 }],
  ] as const)('of class %s is counted and shown', (name, told, counts) => {
    const result = judge(told);
    expect(result).toMatchObject({ verdict: 'invalid', counts: { [name]: 1, ...counts } });
    expect(result.summary).toContain(`1 ${name}`);
    expect(result.witness).toEqual([expect.stringMatching(new RegExp(`^${name}: message 1 `))]);
  });

  test.each([
    ['unexpected', { rows: rows(story(['queued']), { unexpected: twoExamples }) }],
    ['idMismatches', { rows: rows(story(['queued']), { idMismatches: twoExamples }) }],
    ['repeatedMessageIds', { rows: rows(story(['queued']), { rows: 3, distinctMessageIds: 1 }) }],
    ['unexpected', { consumption: received(story(['queued']), { unexpected: twoExamples }) }],
    ['altered', { consumption: received(story(['queued']), { altered: twoExamples }) }],
  ])('of class %s is taken from what was read', (name, more) => {
    const result = judge(story(['queued']), more);
    expect(result).toMatchObject({ verdict: 'invalid', counts: { [name]: 2 } });
    expect(result.witness[0]).toMatch(name);
  });

  test('is shown with all that is known of it and with SQL that cannot be broken by the id', () => {
    expect(judge(changed(1, 0)).witness).toEqual([
      "storedUnreachable: message 1 (transaction id run'1-1, producer 7, partition 3), invoked at 0 ms, " +
        'completed at 1 ms, answered queued (HTTP 201), 1 rows, 0 deliveries, ' +
        "see: select * from queen.messages where transaction_id = 'run''1-1'",
    ]);
  });

  test('that happens often is counted whole and shown a few times', () => {
    const told = story(Array<ItemOutcome>(100).fill('queued'));
    told.stored.fill(0);
    const result = judge(told);
    expect(result.counts).toMatchObject({ deliveredWithoutRow: 100 });
    expect(result.witness).toHaveLength(5);
  });
});

describe('without enough evidence the check is unknown', () => {
  const missing = { missing: 'the database was gone' };
  const queued = () => story(['queued', 'queued']);
  const undelivered = () => ({ ...queued(), delivered: [1, 0] });

  test.each([
    ['no rows', queued(), { rows: missing }, /gone/],
    ['no deliveries', queued(), { consumption: missing }, /gone/],
    [
      'a drain cut short',
      undelivered(),
      { consumption: received(undelivered(), { drained: ['time'] }) },
      /drain.*time/,
    ],
    ['nothing acknowledged', story(['rejected', 'failed']), {}, /nothing to prove/],
    ['nothing sent', story([]), {}, /nothing to prove/],
    ['a message without outcome', story(['queued', 'pending']), {}, /no outcome/],
    ['rows of another run', queued(), { rows: rows(story([])) }, /every message/],
  ])('%s', (_what, told, more, summary) => {
    expect(judge(told, more)).toMatchObject({ verdict: 'unknown', summary: expect.stringMatching(summary) });
  });

  test('unless a violation is certain whatever the rest would say', () => {
    const lost = { ...queued(), delivered: [1, 0] };
    expect(judge(lost, { rows: missing })).toMatchObject({ verdict: 'invalid', counts: { undelivered: 1, lost: 1 } });
    const twice = { ...queued(), stored: [1, 2] };
    expect(judge(twice, { consumption: missing })).toMatchObject({
      verdict: 'invalid',
      counts: { storedTwice: 1 },
    });
  });
});

describe('any run', () => {
  const outcome = fc.constantFrom(...ITEM_OUTCOMES.filter((name) => name !== 'pending' && name !== 'duplicate'));
  const told = fc
    .array(outcome, { minLength: 1, maxLength: 60 })
    .map((outcomes) => story(['queued', ...outcomes] as ItemOutcome[]));

  test('is never accused when it is untouched, and always adds up', () => {
    fc.assert(
      fc.property(told, (run) => {
        const { verdict, counts } = judge(run);
        expect(verdict).toBe('valid');
        const { acknowledged = 0, duplicate = 0, failed = 0, rejected = 0, indeterminate = 0, malformed = 0 } = counts;
        expect(counts.attempted).toBe(acknowledged + duplicate + failed + rejected + indeterminate + malformed);
      }),
    );
  });

  type Mutation = (run: Story, message: number) => Parameters<typeof evidence>[0];

  function becoming(stored: number, delivered: number): Mutation {
    return (run, message) => {
      run.stored[message] = stored;
      run.delivered[message] = delivered;
      return {};
    };
  }

  function answered(outcome: ItemOutcome): Mutation {
    return (run, message) => {
      run.ledger.setOutcome(message, outcome);
      return {};
    };
  }

  const one = { count: 1, examples: ['x'] };

  /** The class that must be told, and what was done to one acknowledged message; no other class may be told. */
  const MUTATIONS: readonly (readonly [string, Mutation])[] = [
    ['neverStored', becoming(0, 0)],
    ['storedUnreachable', becoming(1, 0)],
    ['deliveredWithoutRow', becoming(0, 1)],
    ['storedTwice', becoming(2, 1)],
    ['deliveredTwice', becoming(1, 3)],
    ['falseDuplicate', answered('duplicate')],
    ['resurrected', answered('failed')],
    ['altered', (run) => ({ consumption: received(run, { altered: one }) })],
    ['unexpected', (run) => ({ rows: rows(run, { unexpected: one }) })],
  ];
  const VIOLATION_COUNTS = [...MUTATIONS.map(([name]) => name), 'misrouted', 'idMismatches', 'repeatedMessageIds'];

  test('is accused of exactly the one thing that was done to it', () => {
    fc.assert(
      fc.property(told, fc.constantFrom(...MUTATIONS), fc.nat(), (run, [name, mutate], pick) => {
        const acknowledged = run.stored.flatMap((count, message) => (count === 1 ? [message] : []));
        const { verdict, counts, witness } = judge(run, mutate(run, acknowledged[pick % acknowledged.length] ?? 0));
        expect(verdict).toBe('invalid');
        expect(VIOLATION_COUNTS.filter((violation) => counts[violation] !== 0)).toEqual([name]);
        expect(counts[name]).toBe(1);
        expect(witness).toHaveLength(1);
      }),
    );
  });
});

test('a million messages are judged in five seconds', () => {
  const messages = 1_000_000;
  const ledger = new Ledger('r');
  for (let first = 0; first < messages; first += 100) {
    ledger.open({ producer: 0, partition: 0, messages: 100, invokedUs: first });
    for (let message = first; message < first + 100; message += 1) ledger.setOutcome(message, 'queued');
  }
  const once = new Uint8Array(messages).fill(1);
  const told = { ledger, stored: [], delivered: [] };
  const consumption = toldConsumption([{ at: [1, 2], brings: Array.from(once.keys()) }]);
  const before = process.cpuUsage();
  const result = judge(told, {
    rows: rows(told, { countByMessage: once, rows: messages, distinctMessageIds: messages }),
    consumption,
  });
  // Of the CPU, for whatever else runs on the machine takes the time by the clock.
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(5_000);
  expect(result).toMatchObject({ verdict: 'valid', summary: expect.stringContaining('< 3.0e-6') });
}, 60_000);

/** Accounting of a run whose rows are as they should be. */
function account(run: ToldRun) {
  return checkAccounting(toldRun(run));
}

describe('deliveries of a history', () => {
  const pushes = [{ at: [0, 1] }, { at: [2, 3] }] as const;

  test('must reach every group that was drained', () => {
    const groups = ['a', 'b'];
    const everybody = [0, 1].map((group) => acked([10, 11], [0, 1], { group }));
    expect(account({ pushes, groups, pops: everybody })).toMatchObject({ verdict: 'valid', counts: { delivered: 2 } });
    const pops = [acked([10, 11], [0, 1], { group: 0 }), acked([10, 11], [1], { group: 1 })];
    const missed = account({ pushes, groups, pops });
    expect(missed).toMatchObject({ verdict: 'invalid', counts: { lost: 1, storedUnreachable: 1, delivered: 1 } });
    expect(missed.witness[0]).toContain('1 deliveries to group a, 0 deliveries to group b');
    expect(account({ pushes, groups, pops, drained: [true, 'time is over'] })).toMatchObject({ verdict: 'unknown' });
  });

  test('may come again as long as the group completes each once', () => {
    const again = [nacked([10, 11], [0, 1]), acked([20, 21], [0, 1])];
    expect(account({ pushes, pops: again })).toMatchObject({ verdict: 'valid', counts: { duplicated: 0 } });
    const twice = [acked([10, 11], [0, 1]), acked([20, 21], [1])];
    expect(account({ pushes, pops: twice })).toMatchObject({
      verdict: 'invalid',
      counts: { deliveredTwice: 1, duplicated: 1 },
    });
  });

  test.each([
    ['unexpected', 7, 0, /was never sent/],
    ['misrouted', 0, 1, /from partition 1/],
    ['misrouted', 0, 0xffff, /does not exist/],
  ] as const)(
    'that are %s (message %i from partition %i) are found without the ledger at hand',
    (name, message, partition, text) => {
      const pops = [acked([10, 11], [0, 1]), acked([20, 21], [message], { partition })];
      const result = account({ pushes, pops });
      expect(result.counts[name]).toBe(1);
      expect(result.witness.find((line) => line.startsWith(name))).toMatch(text);
    },
  );

  test('that may have been in a lost answer with autoAck are neither lost nor proved', () => {
    const pops = [
      { at: [10, 11], brings: [0] },
      { at: [12, 20], brings: [], httpStatus: 0 },
    ] as const;
    expect(account({ pushes, pops })).toMatchObject({ verdict: 'unknown', counts: { lost: 0, unseen: 1 } });
    const leased = [acked([10, 11], [0]), acked([12, 20], [], { httpStatus: 0 })];
    expect(account({ pushes, pops: leased })).toMatchObject({ verdict: 'invalid', counts: { lost: 1 } });
  });

  test('that never came because the message is a dead letter are lost, unless lost answers used up its retries', () => {
    const deadLetters = toldDeadLetters(2, [1]);
    const unseen = acked([12, 20], [], { httpStatus: 0 });
    const run = { pushes, more: { deadLetters } };
    expect(account({ ...run, pops: [acked([10, 11], [0]), unseen] })).toMatchObject({
      verdict: 'invalid',
      counts: { lost: 1, inDeadLetters: 1 },
    });
    expect(account({ ...run, pops: [acked([10, 11], [0]), unseen, unseen, unseen, unseen] })).toMatchObject({
      verdict: 'unknown',
      counts: { lost: 0, unseen: 1 },
    });
  });
});

describe('a push that was sent again', () => {
  const pops = [acked([20, 21], [0])];
  const push = (answers: ItemOutcome) => [{ at: [0, 1], answers }] as const;
  const repeat = (answers: ItemOutcome) => [{ of: 0, at: [5, 6], answers }] as const;

  test.each([
    ['indeterminate', 'queued', { acknowledged: 1 }],
    ['indeterminate', 'duplicate', { acknowledged: 1, falseDuplicate: 0 }],
    ['failed', 'queued', { acknowledged: 1, resurrected: 0 }],
    ['queued', 'failed', { acknowledged: 1, resurrected: 0 }],
    ['failed', 'indeterminate', { acknowledged: 0, recovered: 1 }],
  ] as const)('%s, then %s counts by both answers', (first, second, counts) => {
    const also = { at: [7, 8] } as const;
    const run = { pushes: [...push(first), also], repeats: repeat(second), pops: [...pops, acked([30, 31], [1])] };
    const { verdict, counts: found } = account(run);
    expect(verdict).toBe('valid');
    expect(found).toMatchObject({ ...counts, acknowledged: counts.acknowledged + 1 });
  });

  test('has failed only when all attempts have', () => {
    expect(account({ pushes: push('failed'), repeats: repeat('rejected'), pops })).toMatchObject({
      verdict: 'invalid',
      counts: { resurrected: 1 },
    });
  });

  test('and was answered duplicate though it is nowhere, was answered falsely', () => {
    const rows = {
      rows: 0,
      countByMessage: Uint8Array.of(0),
      unexpected: none,
      idMismatches: none,
      distinctMessageIds: 0,
    };
    const run = { pushes: push('indeterminate'), repeats: repeat('duplicate'), pops: [] };
    expect(account({ ...run, more: { rows } })).toMatchObject({
      verdict: 'invalid',
      counts: { falseDuplicate: 1, lost: 0 },
    });
    const missing = { missing: 'gone' };
    expect(account({ ...run, more: { rows: missing } })).toMatchObject({ counts: { falseDuplicate: 1, lost: 0 } });
    expect(account({ ...run, drained: ['no'], more: { rows: missing } })).toMatchObject({ verdict: 'unknown' });
    expect(account({ ...run, pushes: push('queued'), more: { rows } })).toMatchObject({
      counts: { falseDuplicate: 0, neverStored: 1 },
    });
  });

  test('by the server itself, under a fault, may be answered duplicate', () => {
    const pushes = [...push('duplicate'), { at: [7, 8] }] as const;
    const received = [...pops, acked([30, 31], [1])];
    expect(account({ pushes, pops: received })).toMatchObject({ verdict: 'invalid', counts: { falseDuplicate: 1 } });
    expect(account({ pushes, pops: received, more: { faults: [fault] } })).toMatchObject({ verdict: 'valid' });
  });
});

const none = { count: 0, examples: [] };

const fault: FaultRecord = {
  kind: 'network-cut',
  between: 'database',
  invokedUs: 1,
  injectedUs: 2,
  healInvokedUs: 3,
  healedUs: LEASE_MS,
  outcome: 'injected',
  detail: '',
};
