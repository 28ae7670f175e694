import type { TFunction } from 'i18next';
import { expect, it } from 'vitest';
import { needleDefaults } from './needle/needle-fields.ts';
import { needleSummary } from './summary.ts';

const t = ((key: string, { cells, tokens, count }: Record<string, unknown>) =>
  cells ? `${cells}, ${tokens} tokens` : `${count} ${key}`) as unknown as TFunction;
const summary = (lengths: string) => needleSummary({ ...needleDefaults, lengths }, t)?.split(' × ')[0];

it('lists three lengths, and gives the range of more', () => {
  expect(summary('512, 1024, 2048')).toBe('512, 1k, 2k');
  expect(summary('32768, 1024, 4096, 8192')).toBe('1k … 32k');
  expect(summary('1000, 1000, 131072')).toBe('1,000, 128k');
});

it('is none while a field is invalid', () => {
  expect(summary('512, many')).toBeUndefined();
  expect(summary('1.5')).toBeUndefined();
  expect(needleSummary({ ...needleDefaults, depths: '0, 120' }, t)).toBeNull();
});
