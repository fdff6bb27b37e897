import { ConnectionIntruder } from './connection-intruder.ts';
import type { Inject } from './fault.ts';

/**
 * Somebody else fills the connection slots. Those reserved for superusers stay free: the harness has to look at the server
 * meanwhile. It connects to the maintenance database, as the run's own belongs to the server under test.
 */
export const connectionsTaken: Inject = async ({ postgres }, { count }) => {
  const slots = postgres.maxConnections - postgres.reservedConnections;
  const intruder = await ConnectionIntruder.enter({ target: postgres.admin, slots, count });
  const { size } = intruder;
  if (size === 0) {
    await intruder.leave();
    throw new Error(`none of the ${slots} connection slots is free to be taken`);
  }
  const further = count === undefined ? ', and every one that became free' : '';
  return { detail: `${size} of ${slots} connection slots taken${further}`, count: size, heal: () => intruder.leave() };
};
