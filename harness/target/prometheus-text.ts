/** One value of a metric. */
export interface MetricValue {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** `name{labels} value timestamp`; the timestamp may be left out, and the labels too. */
const SAMPLE = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)(?: -?\d+)?$/;
/** `name="value"`, in which a backslash stands before a quote, a backslash or `n`. */
const LABEL = /(?<name>[a-zA-Z_]\w*)="(?<value>(?:[^"\\]|\\.)*)"(?:,|$)/gy;

/**
 * The values of Prometheus' text format (version 0.0.4) whose names are wanted; what is not wanted is not read. Throws
 * an Error that quotes the line when one that is wanted cannot be read, or has no finite value.
 */
export function readMetrics(text: string, wanted: ReadonlySet<string>): readonly MetricValue[] {
  return text.split('\n').flatMap((line) => {
    const name = /^[\w:]+/.exec(line)?.[0];
    return name !== undefined && wanted.has(name) ? [readSample(line)] : [];
  });
}

function readSample(line: string): MetricValue {
  const { name, labels = '', value } = SAMPLE.exec(line)?.groups ?? {};
  const number = Number(value);
  if (name === undefined || !Number.isFinite(number)) throw unreadable(line);
  return { name, labels: readLabels(labels, line), value: number };
}

function readLabels(text: string, line: string): Readonly<Record<string, string>> {
  const labels = [...text.matchAll(LABEL)];
  if (labels.reduce((length, [label]) => length + label.length, 0) !== text.length) throw unreadable(line);
  return Object.fromEntries(labels.map(({ groups }) => [groups?.name ?? '', unescaped(groups?.value ?? '')]));
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function unreadable(line: string): Error {
  return new Error(`this is no line of Prometheus' text format with a number: ${line.slice(0, 200)}`);
}
