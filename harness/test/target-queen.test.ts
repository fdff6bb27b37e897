import { expect, test } from 'vitest';
import { type Quirk, startFakeQueen } from './fake-queen.ts';
import { findingOf, runOnTarget } from './run-on-target.ts';

async function judge(quirk: Quirk, drain = 'autoAck') {
  await using queen = await startFakeQueen(quirk);
  const result = await runOnTarget(queen.baseUrl, { drain });
  const [arm] = result.arms;
  expect(arm?.throughputMsgPerS).toBeNull();
  return { result, statuses: findingOf(result, 'statuses'), accounting: findingOf(result, 'accounting') };
}

test.each(['autoAck', 'ack'])('the real server is driven by its contract, 200 for everything (%s)', async (drain) => {
  const { result, statuses, accounting } = await judge('none', drain);
  expect(statuses).toMatch(/^valid: all 200 items/);
  expect(accounting).toBe(
    "unknown: cannot be judged: the rows are missing: the target's database was not named (--target-postgres)",
  );
  const counts = result.checks.find(({ name }) => name === 'accounting')?.counts;
  expect(counts).toMatchObject({ acknowledged: 200, delivered: 200, lost: 0, duplicated: 0 });
  if (drain === 'ack') expect(findingOf(result, 'acks')).toMatch(/^valid: of 200 acks none was refused/);
  expect(result.exitCode).toBe(3);
});

test.each([
  ['empty status', /^invalid: 40 malformed/, 'item status ""'],
  ['poisoned connection', /^invalid: 30 malformed, 10 failed/, 'item failed'],
  ['error under 200', /^invalid: 40 malformed/, 'error under HTTP 200'],
  ['failover', /^invalid: 40 malformed/, 'item without message id'],
] as const)('%s is judged as the defect it is', async (quirk, finding, errorClass) => {
  const { result, statuses } = await judge(quirk);
  expect(statuses).toMatch(finding);
  expect(result.arms[0]?.errors.map((error) => error.class)).toContain(errorClass);
  expect(result.exitCode).toBe(1);
});

test('what the buffer took is acknowledged, and has to be delivered', async () => {
  const { result, statuses } = await judge('buffered');
  expect(statuses).toMatch(/^unknown: cannot be judged: 40 messages were buffered, and nobody looked/);
  const counts = result.checks.find(({ name }) => name === 'accounting')?.counts;
  expect(counts).toMatchObject({ queued: 160, buffered: 40, acknowledged: 200, delivered: 200 });
});

test('nothing to pop may be an empty body or the text null', async () => {
  const { result } = await judge('null for nothing');
  const counts = result.checks.find(({ name }) => name === 'accounting')?.counts;
  expect(counts).toMatchObject({ delivered: 200 });
  expect(result.exitCode).toBe(3);
});

test('a pop that fails under 200 is no empty queue: nothing is concluded from it', async () => {
  const { result, accounting } = await judge('pop fails under 200');
  expect(accounting).toContain('the deliveries are missing: a pop was answered with "{\\"error\\"');
  expect(result.exitCode).toBe(3);
});

test.each([
  ['ack fails under 200', /^invalid: \d+ (malformed|refused)/],
  ['ack retries', /^invalid: 200 malformed/],
  ['acks without ids', /^invalid: \d+ (malformed|refused)/],
] as const)('%s: such acks are refused ones', async (quirk, finding) => {
  const { result } = await judge(quirk, 'ack');
  expect(findingOf(result, 'acks')).toMatch(finding);
  expect(result.exitCode).toBe(1);
});

test('a queue that could not be deleted is told of, and changes no verdict', async () => {
  const { result } = await judge('queue stays');
  expect(result.notes?.join()).toMatch(/could not be deleted from the target .*"existed.":false.*curl -X DELETE http/);
  expect(result.exitCode).toBe(3);
});
