import type { LogProblem } from '../history/evidence.ts';
import { LineSpans } from './line-spans.ts';

type Severity = LogProblem['severity'];

/** A line that tells of trouble. */
export interface Trouble {
  readonly severity: Severity;
  /** SQLSTATE or error code, when there is one. */
  readonly code: string | undefined;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number | undefined;
}

/** Memory stays bounded however a log goes wrong: what comes after this many classes is counted by severity alone. */
const MAX_CLASSES = 64;

const MAX_CLASS_LENGTH = 160;
const MAX_EXAMPLE_LENGTH = 500;

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

interface Class {
  readonly name: string;
  readonly severity: Severity;
  readonly example: string;
  readonly spans: LineSpans;
  count: number;
}

/** Counts troubles by class, which is severity, code and the shape of the message, and keeps when they happened. */
export class LogProblems {
  readonly #byKey = new Map<string, Class>();

  add(trouble: Trouble): void {
    const name = className(trouble);
    const key = `${trouble.severity} ${name}`;
    if (this.#byKey.has(key) || this.#byKey.size < MAX_CLASSES) this.#count(key, name, trouble);
    else this.#count(`${trouble.severity} other`, 'other', trouble);
  }

  /** In order of first appearance. */
  list(): readonly LogProblem[] {
    return [...this.#byKey.values()].map(({ name, severity, count, example, spans }) => ({
      class: name,
      severity,
      count,
      example,
      spans: spans.list(),
    }));
  }

  #count(key: string, name: string, { severity, message, atMs }: Trouble): void {
    let known = this.#byKey.get(key);
    if (known === undefined) {
      known = { name, severity, example: message.slice(0, MAX_EXAMPLE_LENGTH), spans: new LineSpans(), count: 0 };
      this.#byKey.set(key, known);
    }
    known.count += 1;
    if (atMs !== undefined) known.spans.add(atMs);
  }
}

/** Numbers and UUIDs differ from line to line and make no class of their own. */
function className({ code, message }: Trouble): string {
  const shape = message.replaceAll(UUID, '<uuid>').replaceAll(/\d+/g, '#').slice(0, MAX_CLASS_LENGTH);
  return code === undefined ? shape : `${code} ${shape}`;
}
