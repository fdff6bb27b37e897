/** A colour in light and in dark. Text colours keep a contrast of at least 4.5 : 1 on both surfaces. */
export interface Shade {
  readonly light: string;
  readonly dark: string;
}

/** Colours of the page by role; the style sheet reads them as `--<role>`. */
export const PAGE_COLOURS = Object.freeze({
  page: { light: '#f6f7f9', dark: '#0e1217' },
  surface: { light: '#ffffff', dark: '#161b22' },
  raised: { light: '#f1f3f6', dark: '#1f2630' },
  line: { light: '#dfe3e9', dark: '#2b333e' },
  text: { light: '#171c23', dark: '#e6eaf0' },
  quiet: { light: '#566070', dark: '#9aa6b5' },
  accent: { light: '#2257bf', dark: '#82aeff' },
  'heat-colour': { light: '#2257bf', dark: '#4f86f0' },
  good: { light: '#12703b', dark: '#63d08f' },
  'good-surface': { light: '#e3f3e9', dark: '#12301f' },
  bad: { light: '#b0241c', dark: '#ff8f86' },
  'bad-surface': { light: '#fbe8e6', dark: '#3a1816' },
  warn: { light: '#855000', dark: '#f0ba66' },
  'warn-surface': { light: '#fcf0da', dark: '#33270f' },
} as const satisfies Readonly<Record<string, Shade>>);

/**
 * Colours of the arms. They differ for people who do not see red and green apart, and none looks like a verdict. A result with
 * more arms goes round again with another dash.
 */
export const ARM_COLOURS: readonly Shade[] = Object.freeze([
  { light: '#2f6bd8', dark: '#7aa7ff' },
  { light: '#c85f06', dark: '#ffa35c' },
  { light: '#0b8074', dark: '#4cc9b5' },
  { light: '#8448c0', dark: '#c39bff' },
  { light: '#b5357a', dark: '#ff86b9' },
  { light: '#66720f', dark: '#bccb52' },
  { light: '#0d7fa8', dark: '#56c4f2' },
  { light: '#4d5b6b', dark: '#a9b6c6' },
]);

/** The palette as custom properties; `light-dark()` picks by the page's colour scheme. */
export function paletteCss(): string {
  const roles = Object.entries(PAGE_COLOURS).map(([role, shade]) => property(role, shade));
  const arms = ARM_COLOURS.map((shade, index) => property(`arm-${index}`, shade));
  const classes = ARM_COLOURS.map((_, index) => `.arm-${index}{--arm:var(--arm-${index})}`);
  return `:root{${[...roles, ...arms].join('')}}${classes.join('')}`;
}

/** Class that gives an element its arm's colour as `--arm`. */
export function armClass(armIndex: number): string {
  return `arm-${armIndex % ARM_COLOURS.length}`;
}

function property(name: string, { light, dark }: Shade): string {
  return `--${name}:light-dark(${light},${dark});`;
}
