import { distance } from 'fastest-levenshtein';

/** The candidate closest to the word, or undefined when none is close enough to have been meant. */
export function nearestWord(word: string, candidates: readonly string[]): string | undefined {
  let best: { readonly candidate: string; readonly edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < (best?.edits ?? Number.POSITIVE_INFINITY)) best = { candidate, edits };
  }
  // Two edits are a slip of the keyboard; more only count as one in a long word.
  const allowed = Math.max(2, Math.floor(word.length * 0.4));
  return best !== undefined && best.edits <= allowed && best.edits < word.length ? best.candidate : undefined;
}

/** `; did you mean "x"?` or, when nothing is near, the list of what there is. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const nearest = nearestWord(word, candidates);
  return nearest === undefined
    ? `; expected one of ${candidates.join(', ')}`
    : `; did you mean ${JSON.stringify(nearest)}?`;
}
