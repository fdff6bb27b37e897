import { visible } from '../printable.ts';

/** Not characters at all, and forbidden in XML. */
const NONCHARACTERS = /[\ufffe\uffff]/g;

/**
 * Text from outside as XML 1.0 may hold it: what is no character of it becomes �, line breaks stay. The end of a CDATA
 * section is taken apart, because the writer below splits only the first one of a text.
 */
export function xmlText(text: string): string {
  return visible(text.toWellFormed()).replace(NONCHARACTERS, '\ufffd').replaceAll(']]>', ']] >');
}
