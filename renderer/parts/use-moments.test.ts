import { expect, it } from 'vitest';
import { localeOf } from './use-moments.ts';

it.each([
  ['en', ['de-DE', 'en-GB', 'en-US'], 'en-GB'],
  ['zh', ['ZH-tw'], 'ZH-tw'],
  ['zh', ['en-US', 'en'], 'zh'],
  ['en', [], 'en'],
])('moments of a panel in %s on a machine that speaks %j are written as %s does', (language, spoken, locale) => {
  expect(localeOf(language, spoken)).toBe(locale);
});
