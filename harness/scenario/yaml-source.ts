import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Place, Problem } from './problem.ts';

/** Keys and list positions that lead to a value. */
export type Path = readonly (string | number)[];

/** A YAML text with its values and the way back from a value to its line and column. */
export interface YamlSource {
  /** Plain data; undefined when the text could not be read at all. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Place of the value at the path, of its key, or of the nearest thing above it that is there. */
  locate(path: Path, target?: 'key' | 'value'): Place;
  /** Place of the n-th character of the text at the path. */
  locateInText(path: Path, offset: number): Place;
}

/** Reads one YAML 1.2 document. Duplicate keys, aliases and unknown tags are problems: a scenario says what it says once. */
export function readYaml(file: string, text: string): YamlSource {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, strict: true, uniqueKeys: true });
  const placeAt = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems = [...document.errors, ...document.warnings].map((error) => ({
    place: placeAt(error.pos[0]),
    message: error.code === 'DUPLICATE_KEY' ? duplicateKeyMessage(text, error.pos[0]) : yamlMessage(error.message),
  }));
  visit(document, {
    Alias(_key, node) {
      problems.push({
        place: placeAt(node.range?.[0] ?? 0),
        message: `expected the value itself, got the alias *${node.source}; write the value out`,
      });
    },
  });
  return {
    // With aliases or broken syntax the data would not be what the author sees.
    value: problems.length === 0 ? document.toJS() : undefined,
    problems,
    locate: (path, target = 'value') => placeAt(offsetOf(document, path, target)),
    locateInText: (path, offset) => placeAt(textOffset(document, text, path, offset)),
  };
}

function yamlMessage(message: string): string {
  return `not valid YAML: ${message.replace('; please use YAML.parseAllDocuments()', ', expected one')}`;
}

function duplicateKeyMessage(text: string, offset: number): string {
  const key = /^[^:\n]*/.exec(text.slice(offset))?.[0].trim() ?? '';
  return `expected every key once, got ${JSON.stringify(key)} a second time`;
}

function offsetOf(document: Document.Parsed, path: Path, target: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const [depth, segment] of path.entries()) {
    const isLast = depth === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(segment));
      if (pair === undefined) return offset;
      node = pair.value;
      const keyOffset = rangeStart(pair.key) ?? offset;
      // An empty value has no place of its own; its key has.
      const empty = isScalar(node) && node.source === '';
      offset = (isLast && target === 'key') || empty ? keyOffset : (rangeStart(node) ?? keyOffset);
    } else if (isSeq(node)) {
      node = node.items[Number(segment)];
      offset = rangeStart(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function textOffset(document: Document.Parsed, text: string, path: Path, offset: number): number {
  const start = offsetOf(document, path, 'value');
  const node = document.getIn(path, true);
  if (!isScalar(node) || typeof node.value !== 'string') return start;
  const quoted = text[start] === '"' || text[start] === "'" ? 1 : 0;
  // Escapes and folded lines shift characters; then the start of the text is the best that is true.
  const verbatim = text.startsWith(node.value, start + quoted);
  return verbatim ? start + quoted + offset : start;
}

function rangeStart(node: unknown): number | undefined {
  const range = (node as { readonly range?: readonly number[] | null } | null | undefined)?.range;
  return range?.[0];
}
