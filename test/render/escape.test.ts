import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  html,
  markdownCode,
  markdownFence,
  markdownText,
  shorten,
  visible,
  xml,
} from '../../src/render/escape.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '`',
      '|',
      '\\',
      '<',
      '>',
      '&',
      '"',
      "'",
      '\n',
      '\r',
      '\x1b',
      '@',
      '#',
      'a',
      ' ',
      '\ud83d',
      '\u202e',
    ),
  }),
);

test('visible text is one line without control, direction or zero-width characters', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(visible(text)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
      expect(visible(text).isWellFormed?.() ?? true).toBe(true);
    }),
  );
  expect(visible('a\x1b[31m\u202eb\n\ud83d\ude00\ud83d')).toBe('a\\x1b[31m\\u202eb\\n\ud83d\ude00\\ud83d');
});

test('HTML and XML text has no character that is markup', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(html(text)).not.toMatch(/[<>"'`]|&(?!(amp|lt|gt|quot|#39|#96);)/);
      expect(xml(text)).not.toMatch(/[<>"'\ufffe\uffff]|&(?!(amp|lt|gt|quot|#39|#96|#10);)/);
    }),
  );
});

test('nothing closes a fence but the fence', () => {
  fc.assert(
    fc.property(fc.array(anyText), (lines) => {
      const [first, ...rest] = markdownFence(lines, 'c').split('\n');
      const fence = /^`+/.exec(first!)![0];
      expect(rest.length).toBe(Math.max(1, lines.length) + 1);
      for (const line of rest.slice(0, -1)) expect(line.includes(fence)).toBe(false);
    }),
  );
});

test('a code span holds no cell border, line break or markup', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const code = markdownCode(text);
      if (code === '') return;
      const span = /^`([^`|\\]+)`$/.exec(code);
      if (span) expect(span[1]).toBe(text);
      else expect(code).toMatch(/^<code>([^<>`|\\*[\]"'@&]|&#\d+;)*<\/code>$/);
    }),
  );
});

test('a sentence cannot mention, refer, link or mark up', () => {
  const out = markdownText(
    '@user a/b#12 GH-3 http://x www.x.org <b> [l](u) ![i](u) *a* _b_ `c` | ~d~ x86_64',
  );
  expect(out).toBe(
    '@<!-- -->user a/b#<!-- -->12 GH-<!-- -->3 http:<!-- -->//x www<!-- -->.x.org &lt;b&gt; \\[l\\](u) \\!\\[i\\](u) \\*a\\* \\_b\\_ \\`c\\` \\| \\~d\\~ x86_64',
  );
});

test('shortening keeps both ends and whole characters', () => {
  expect(shorten('abcdefghij', 10)).toBe('abcdefghij');
  expect(shorten('abcdefghijk', 10)).toBe('abcde...jk');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 8, max: 40 }), (text, length) => {
      expect(shorten(text, length).length).toBeLessThanOrEqual(length);
    }),
  );
});
