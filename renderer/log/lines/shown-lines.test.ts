import { expect, it } from 'vitest';
import type { LogLine } from '#contract';
import { shownLines } from './shown-lines.ts';

const line = (number: number, level: LogLine['level'], text: string): LogLine => ({
  number,
  time: number,
  level,
  run: null,
  text,
});

it('shows lines of at least the level, since a moment, that contain the text', () => {
  const lines = [line(1, 'info', 'Loading'), line(2, 'warning', 'slow load'), line(3, 'error', 'out of memory')];
  const numbers = (filter: Partial<Parameters<typeof shownLines>[1]>) =>
    shownLines(lines, { level: 'info', since: null, search: '', ...filter }).map(({ number }) => number);
  expect(numbers({})).toEqual([1, 2, 3]);
  expect(numbers({ level: 'warning' })).toEqual([2, 3]);
  expect(numbers({ since: 3 })).toEqual([3]);
  expect(numbers({ search: ' LOAD ' })).toEqual([1, 2]);
});
