import type { CheckContext } from './check-context.ts';
import type { Section } from './outcome.ts';

/** One sentence that a valid queue server makes true, and how to see whether it does. */
export interface Behaviour {
  readonly section: Section;
  /** Unique; stands in reports and for `--only`. */
  readonly id: string;
  readonly text: string;
  /** It changes the whole server for a moment, so that it is checked by itself, after all others. */
  readonly alone?: boolean;
  /**
   * Returns when the behaviour was seen.
   *
   * @throws Violation when the server did something else, CannotCheck when nothing can be said, NotOffered when the
   * contract lets the server do without it and it does.
   */
  readonly check: (context: CheckContext) => Promise<void>;
}

/** Entries of one section, which need not repeat its name. */
export function inSection(section: Section, entries: readonly Omit<Behaviour, 'section'>[]): readonly Behaviour[] {
  return entries.map((entry) => ({ section, ...entry }));
}
