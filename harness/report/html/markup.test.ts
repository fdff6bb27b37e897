import { describe, expect, it } from 'vitest';
import { html, jsonBlock } from './markup.ts';

describe('html', () => {
  it('escapes every value in text and attributes, and nothing that it made itself', () => {
    const name = `<b a='1' b="2">&`;
    expect(html`<p title="${name}">${html`<i>${name}</i>`}${[1, name]}${undefined}</p>`.text).toBe(
      '<p title="&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;"><i>&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;</i>1&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;</p>',
    );
  });

  it('makes control characters and marks of direction visible', () => {
    expect(html`${'a\u001b[31m\u202eb\nc'}`.text).toBe('a\ufffd[31m\ufffdb\nc');
  });
});

it('puts JSON into a script block that nothing in it can end', () => {
  const value = { '</script><!--': ['<', '\u2028', '&'] };
  const block = jsonBlock('x', value).text;
  const json = /^<script type="application\/json" id="x">(.*)<\/script>$/.exec(block)?.[1] ?? '';
  expect(json).not.toMatch(/[<>&\u2028]/);
  expect(JSON.parse(json)).toEqual(value);
});
