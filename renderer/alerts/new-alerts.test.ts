import { describe, expect, it } from 'vitest';
import { type Alert, verbatim } from '#contract';
import { newAlerts } from './new-alerts.ts';

const alert = (id: string, given: Partial<Alert> = {}): Alert => ({
  ...{ id, kind: 'hot', level: 'warning', gpuUuid: null, since: 0, endedAt: null, sentence: verbatim(''), values: {} },
  ...given,
});
const ids = (list: Alert[]) => list.map(({ id }) => id);

describe('new alerts', () => {
  const list = [alert('c'), alert('b', { quiet: true }), alert('a'), alert('0', { endedAt: 5 })];

  it('are the active ones that were not known, oldest first', () => {
    expect(ids(newAlerts(new Set(), list))).toEqual(['a', 'c']);
    expect(ids(newAlerts(new Set(['a']), list))).toEqual(['c']);
    expect(ids(newAlerts(new Set(['a', 'c']), list))).toEqual([]);
  });

  it('are none when the page has just opened', () => {
    expect(newAlerts(null, list)).toEqual([]);
  });
});
