import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pageHtml } from './page-html.ts';

it('shows every text as text: no script, no tag and no address of a model runs or loads', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 's', '/', ' ') }), (text) => {
      const html = pageHtml({
        language: 'en',
        title: text,
        lines: [text],
        pictures: [],
        tables: [{ caption: text, head: [text], rows: [[text]] }],
      });
      const page = new DOMParser().parseFromString(html, 'text/html');
      expect(page.querySelectorAll('script, img, iframe, link, a')).toHaveLength(0);
      expect(page.querySelector('td')?.textContent).toBe(text);
      expect(page.querySelectorAll('body *')).toHaveLength(10);
    }),
    { numRuns: 50 },
  );
});

it('forbids scripts and everything from elsewhere', () => {
  const html = pageHtml({ language: 'zh', title: 'a', lines: [], pictures: ['<svg></svg>'], tables: [] });
  expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(html).not.toMatch(/<script|https?:/);
});
