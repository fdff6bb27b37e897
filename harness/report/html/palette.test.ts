import { describe, expect, it } from 'vitest';
import { DEEPEST_PERCENT } from './heat-map.ts';
import { ARM_COLOURS, PAGE_COLOURS } from './palette.ts';

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(colour: string): number {
  const channel = (at: number) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** What CSS makes of `color-mix(in srgb, one share%, other)`. */
function mixed(one: string, other: string, sharePercent: number): string {
  const channel = (colour: string, at: number) => Number.parseInt(colour.slice(at, at + 2), 16);
  const mix = (at: number) =>
    Math.round(channel(other, at) + ((channel(one, at) - channel(other, at)) * sharePercent) / 100);
  return `#${[1, 3, 5].map((at) => mix(at).toString(16).padStart(2, '0')).join('')}`;
}

describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
  const colours = PAGE_COLOURS;
  const surfaces = ['page', 'surface', 'raised'] as const;

  it.each(['text', 'quiet', 'accent', 'good', 'bad', 'warn'] as const)('%s can be read on every surface', (role) => {
    for (const surface of surfaces) {
      expect(contrast(colours[role][scheme], colours[surface][scheme]), surface).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each(['good', 'bad', 'warn'] as const)('%s can be read on its own badge', (role) => {
    expect(contrast(colours[role][scheme], colours[`${role}-surface`][scheme])).toBeGreaterThanOrEqual(4.5);
  });

  it('text can be read on every shade of the map of a matrix', () => {
    for (const share of [0, DEEPEST_PERCENT / 2, DEEPEST_PERCENT]) {
      const shade = mixed(colours['heat-colour'][scheme], colours.raised[scheme], share);
      expect(contrast(colours.text[scheme], shade), shade).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('every arm can be seen on the surface of a chart', () => {
    for (const shade of ARM_COLOURS) {
      expect(contrast(shade[scheme], colours.surface[scheme]), shade[scheme]).toBeGreaterThanOrEqual(3);
    }
  });
});
