import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { MAINTENANCE_PATH } from '../target/wire.ts';
import type { FaultTargets, InjectedFault } from './fault.ts';

/** Longest wait for one answer. */
const ANSWER_LIMIT_MS = 10_000;
/** Until maintenance mode is off and the buffer empty, another fault that still holds it up included. */
const HEAL_LIMIT_MS = 60_000;
const RETRY_INTERVAL_MS = 50;

/** What the server says of its maintenance mode. */
interface Maintenance {
  readonly maintenanceMode: boolean;
  readonly bufferedMessages: number;
}

/** Maintenance mode, by the request of the contract, past all proxies; healed when the buffer has been drained. */
export async function maintenance({ server }: Pick<FaultTargets, 'server'>): Promise<InjectedFault> {
  const { maintenanceMode } = await ask(server.baseUrl, true);
  if (!maintenanceMode) throw new Error('the server did not switch maintenance mode on');
  return {
    detail: `POST ${MAINTENANCE_PATH} {"enabled":true}`,
    async heal() {
      const deadlineMs = performance.now() + HEAL_LIMIT_MS;
      await until(async () => !(await ask(server.baseUrl, false)).maintenanceMode, deadlineMs);
      await until(async () => (await ask(server.baseUrl)).bufferedMessages === 0, deadlineMs);
    },
  };
}

/** Throws what kept the last attempt from being true when the time is over; a server that is just back may refuse a few. */
async function until(isTrue: () => Promise<boolean>, deadlineMs: number): Promise<void> {
  for (;;) {
    let failure: unknown;
    try {
      if (await isTrue()) return;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > deadlineMs) {
      throw new Error(`maintenance mode was not over within ${HEAL_LIMIT_MS} ms`, { cause: failure });
    }
    await sleep(RETRY_INTERVAL_MS);
  }
}

async function ask(baseUrl: string, enabled?: boolean): Promise<Maintenance> {
  const { statusCode, body } = await request(new URL(MAINTENANCE_PATH, baseUrl), {
    ...(enabled === undefined
      ? { method: 'GET' }
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ enabled }) }),
    headersTimeout: ANSWER_LIMIT_MS,
    bodyTimeout: ANSWER_LIMIT_MS,
    // No connection that outlives the server it leads to.
    reset: true,
  });
  const text = await body.text();
  const answer = statusCode === 200 ? decode(text) : undefined;
  if (answer === undefined)
    throw new Error(`${MAINTENANCE_PATH} was answered with HTTP ${statusCode}: ${text.slice(0, 200)}`);
  return answer;
}

function decode(text: string): Maintenance | undefined {
  try {
    const { maintenanceMode, bufferedMessages } = JSON.parse(text);
    if (typeof maintenanceMode === 'boolean' && typeof bufferedMessages === 'number') {
      return { maintenanceMode, bufferedMessages };
    }
  } catch {
    // No JSON is no answer; the caller quotes the text.
  }
  return undefined;
}
