/** The sections of the contract; the report has them in the order of the behaviours. */
export type Section =
  | 'push'
  | 'push-legacy'
  | 'pop'
  | 'leases'
  | 'ack'
  | 'transaction'
  | 'configure and queues'
  | 'messages and dead letters'
  | 'maintenance and buffers'
  | 'health, metrics, status'
  | 'HTTP';

/**
 * What was found about one behaviour. `unknown` says that it could not be checked and never counts as valid; `not-offered`
 * is only for routes that the contract lets a server leave out.
 */
export type Outcome = {
  readonly section: Section;
  readonly id: string;
  readonly text: string;
  readonly durationMs: number;
} & Finding;

export type Finding =
  | { readonly verdict: 'valid' }
  | { readonly verdict: 'violated'; readonly expected: string; readonly came: string; readonly curl: string | null }
  | { readonly verdict: 'unknown'; readonly reason: string }
  | { readonly verdict: 'not-offered'; readonly reason: string };

/** How many behaviours were found what. */
export type Counts = Readonly<Record<Outcome['verdict'], number>>;

/** Counts outcomes by verdict. */
export function countOutcomes(outcomes: readonly Outcome[]): Counts {
  const counts = { valid: 0, violated: 0, unknown: 0, 'not-offered': 0 };
  for (const { verdict } of outcomes) counts[verdict] += 1;
  return counts;
}
