import type { TransactionOperation, TransactionReply } from '../queue/transaction-reply.ts';
import * as good from '../queue/transactions.ts';
import { startServerWith } from './composition/start-server-with.ts';

/**
 * docs/defects.md, 11: operations are executed one by one, what fails does not undo the others, and the reply says
 * success.
 */
class SeparateTransactions extends good.Transactions {
  override async execute(
    operations: readonly TransactionOperation[],
    leaseIds: readonly string[],
  ): Promise<TransactionReply> {
    const replies: TransactionReply[] = [];
    for (const operation of operations) replies.push(await super.execute([operation], leaseIds));
    const results = replies.flatMap((reply) => reply.results.map((result) => ({ ...result, success: true })));
    const [first] = replies;
    if (first === undefined) return await super.execute(operations, leaseIds);
    return { transactionId: first.transactionId, success: true, results } as TransactionReply;
  }
}

await startServerWith('queue/transactions.ts', good, { Transactions: SeparateTransactions });
