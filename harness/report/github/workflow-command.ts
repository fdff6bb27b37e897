import { visible } from '../printable.ts';

/** How grave an annotation is; GitHub shows each kind by itself. */
const ANNOTATION_KINDS = ['error', 'warning', 'notice'] as const;

type AnnotationKind = (typeof ANNOTATION_KINDS)[number];

/** Something that GitHub shows at the top of a workflow run. */
export interface Annotation {
  readonly kind: AnnotationKind;
  readonly title: string;
  readonly message: string;
}

/** GitHub keeps ten of each kind for a step, and drops the rest without a word. */
const MOST_OF_A_KIND = 10;

/** A witness may be long, and the whole is in the report. */
const LONGEST_MESSAGE = 1_000;

/** Annotations as lines that GitHub reads from the output of a step; the tenth of a kind with too many tells how many are left out. */
export function annotationLines(annotations: readonly Annotation[]): readonly string[] {
  return ANNOTATION_KINDS.flatMap((kind) => {
    const all = annotations.filter((annotation) => annotation.kind === kind);
    if (all.length <= MOST_OF_A_KIND) return all.map(commandLine);
    const shown = all.slice(0, MOST_OF_A_KIND - 1);
    const left = all.length - shown.length;
    const rest: Annotation = { kind, title: 'queueproof', message: `and ${left} more in the report` };
    return [...shown, rest].map(commandLine);
  });
}

function commandLine({ kind, title, message }: Annotation): string {
  return `::${kind} title=${escapeProperty(title)}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  const shown = visible(text);
  const cut = shown.length > LONGEST_MESSAGE ? `${shown.slice(0, LONGEST_MESSAGE).toWellFormed()}…` : shown;
  return cut.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
