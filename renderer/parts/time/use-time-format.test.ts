import { expect, it } from 'vitest';
import { localeOf } from './use-time-format.ts';

it.each([
  ['en', ['de-DE', 'en-GB', 'en-US'], 'en-GB'],
  ['zh', ['ZH-tw'], 'ZH-tw'],
  ['zh', ['en-US', 'en'], 'zh'],
  ['en', [], 'en'],
])('a panel in %s in a browser with locales %j formats times as %s', (language, locales, locale) => {
  expect(localeOf(language, locales)).toBe(locale);
});
