import type { FaultTargets, InjectedFault } from './fault.ts';
import { explainRefusal } from './missing-right.ts';
import { OutsideSession } from './outside-session.ts';

/**
 * A fault that is what a session in the run's database holds: it lasts as long as the session is open. `hold` makes the
 * session hold it, sees that it does and says so in words; `right` is what the role needs for it.
 */
export async function sessionFault(
  { database }: Pick<FaultTargets, 'database'>,
  right: string,
  hold: (session: OutsideSession) => Promise<string>,
): Promise<InjectedFault> {
  const session = await OutsideSession.open(database);
  try {
    const detail = await hold(session);
    return { detail: `${detail} (session ${session.pid})`, count: 1, heal: () => session.close() };
  } catch (error) {
    await session.close();
    throw explainRefusal(error, right);
  }
}
