/** The ceiling's own process, so that its figure does not depend on what the harness does meanwhile. See ceiling.ts. */
import { serveParent } from '../load/child-task.ts';
import type { CeilingOrder, CeilingOutcome } from './ceiling.ts';
import { insertForDuration } from './ceiling-inserts.ts';

serveParent<CeilingOrder, never, CeilingOutcome>((order) => insertForDuration(order));
