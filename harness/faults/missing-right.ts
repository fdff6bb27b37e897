import { DatabaseError } from 'pg';
import { FaultImpossible } from './fault.ts';

const INSUFFICIENT_PRIVILEGE = '42501';
/** undefined_table and invalid_schema_name. */
const NO_SUCH_TABLE = ['42P01', '3F000'];

/**
 * The error to throw for what PostgreSQL said to a fault: FaultImpossible when the role lacks the right, which is named,
 * or when the server keeps its messages in other tables than ours does; anything else as it is.
 */
export function explainRefusal(error: unknown, right: string): unknown {
  if (!(error instanceof DatabaseError) || error.code === undefined) return error;
  if (error.code === INSUFFICIENT_PRIVILEGE) {
    return new FaultImpossible(`${error.message}: the role of the run's database needs ${right}`, { cause: error });
  }
  if (NO_SUCH_TABLE.includes(error.code)) {
    return new FaultImpossible(`${error.message}: the server has no such table to do it to`, { cause: error });
  }
  return error;
}
