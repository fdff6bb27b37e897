import { fieldsOf, meansStatus } from '../assertion.ts';
import type { Behaviour } from '../behaviour.ts';
import { NotOffered } from '../finding-error.ts';
import { pushContract } from './push-contract.ts';

const PATH = '/api/v1/push-legacy';

/** `POST /api/v1/push-legacy`; a server may do without it if it says so. */
export const PUSH_LEGACY_BEHAVIOURS: readonly Behaviour[] = pushContract('push-legacy', PATH).map((behaviour) => ({
  ...behaviour,
  check: async (context) => {
    const reply = await context.post(PATH, { items: [] });
    const { error } = fieldsOf(reply);
    if (meansStatus(reply, 404)) {
      throw new NotOffered(typeof error === 'string' ? `404: ${error}` : '404 without a reason');
    }
    await behaviour.check(context);
  },
}));
