/** What became of a test case: an error could not be judged, and never looks green. */
export type Outcome = 'passed' | 'failure' | 'error' | 'skipped';

/** One line of a test report, before it is XML; texts are as they came. */
export interface TestCase {
  readonly name: string;
  readonly outcome: Outcome;
  /** One line; what a list of failures shows. */
  readonly message: string;
  /** Facts, one a line. */
  readonly details: readonly string[];
  /** How long it took; absent where that was not timed by itself. */
  readonly durationMs?: number;
}

export interface TestSuite {
  readonly name: string;
  readonly cases: readonly TestCase[];
}
