import type { CountedExamples, Missing } from './evidence.ts';

/** Places where payloads of an encrypted queue could stand in cleartext. */
export const CLEARTEXT_PLACES = ['rows', 'buffer files', 'server log', 'PostgreSQL log'] as const;

type CleartextPlace = (typeof CLEARTEXT_PLACES)[number];

/** What a search of one place for the cleartext of payloads found. */
export interface CleartextSearch {
  readonly scannedBytes: number;
  readonly hits: CountedExamples;
}

export type Cleartext = Readonly<Record<CleartextPlace, CleartextSearch | Missing>>;
