import i18next from 'i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Alert, alertKinds, verbatim } from '#contract';
import { switchLanguage } from '../i18n/index.ts';
import { alertWords } from './alert-words.ts';

const alert = (kind: Alert['kind'], values: Alert['values'], message = 'the core’s message'): Alert => ({
  ...{ id: '1', kind, level: 'warning', gpuUuid: null, since: 0, endedAt: null, sentence: verbatim(message), values },
});

/** The values that the core sends with each kind, once for each of its variants. */
const samples: [Alert['kind'], Alert['values']][] = [
  ['headroom', { gpu: 0, headroomMiB: 200, belowMiB: 512, bound: 'card' }],
  ['headroom', { gpu: 0, headroomMiB: 200, belowMiB: 512, bound: 'limit' }],
  ['limit', { gpu: 1, oursMiB: 19_000, budgetMiB: 19_660, percent: 96.6, overPercent: 95 }],
  ['card', { gpu: 1, takenMiB: 24_000, totalMiB: 24_564, percent: 97.7, overPercent: 97 }],
  ['leak', { gpu: 0, grownMiB: 300, fromMiB: 500, oursMiB: 800, growsMiB: 256, minutes: 10 }],
  ['taken', { gpu: 0, name: 'blender', pid: 42, user: 'ann', usedMiB: 2048, overMiB: 1024 }],
  ['taken', { name: 'blender', pid: 42, user: '', usedMiB: 2048, overMiB: 1024 }],
  ['taken', { gpu: 0, name: 'blender', pid: 42, user: '', usedMiB: 2048, overMiB: 1024, when: 'before' }],
  ...['now', 'closed'].map((when): [Alert['kind'], Alert['values']] => [
    'grown',
    { gpu: 0, name: 'train', pid: 42, user: 'ann', fromMiB: 1229, usedMiB: 11_776, spanMinutes: 190, when },
  ]),
  ['hot', { gpu: 0, celsius: 91, overCelsius: 85, minutes: 10 }],
  ['brake', { gpu: 0, reasons: 'hw_thermal, hw_power_brake', minutes: 5 }],
  ['collection', { trouble: 'failed', seconds: 30, fault: 'no_driver', output: 'no' }],
  ['collection', { trouble: 'silent', seconds: 30 }],
  ['collection', { trouble: 'slow', seconds: 30, askedMs: 500, reachedMs: 2_100 }],
  ...(['vanished', 'lost', 'needs_reset', 'no_permission', 'unknown_error'] as const).map(
    (state): [Alert['kind'], Alert['values']] => ['gpu_missing', { gpu: 3, state }],
  ),
  ['xid', { gpu: 0, code: 79, pciBusId: '0000:01:00', text: 'off the bus' }],
  ['ecc', { gpu: 0, more: 2, errors: 5 }],
  ['ecc', { gpu: 0, more: 5, errors: 5, when: 'before' }],
];

describe.each(['en', 'zh'] as const)('alerts in %s', (language) => {
  beforeAll(() => switchLanguage(language));

  it('have words for every kind', () => {
    expect(new Set(samples.map(([kind]) => kind))).toEqual(new Set(alertKinds));
  });

  it.each(samples)('%s %j', (kind, values) => {
    const { what, advice } = alertWords(i18next.t, alert(kind, values));
    for (const text of [what, advice]) {
      expect(text).not.toBe('');
      expect(text).not.toMatch(/\{\{|undefined|the core’s message|alerts\./);
    }
    if (values.gpu !== undefined) expect(what).toContain(`GPU ${values.gpu}`);
    expect(/\p{Script=Han}/u.test(what)).toBe(language === 'zh');
  });
});

describe('an alert', () => {
  beforeAll(() => i18next.changeLanguage('en'));

  it('has its numbers with readable units', () => {
    const { what } = alertWords(i18next.t, alert('limit', samples[2]?.[1] ?? {}));
    expect(what).toContain('18.6 GiB');
    expect(what).toContain('96.6 %');
    expect(alertWords(i18next.t, alert('brake', { gpu: 0, reasons: 'hw_thermal', minutes: 5 })).what).toContain(
      'hardware thermal slowdown',
    );
  });

  it('keeps the core’s message where this version has no words for it', () => {
    expect(alertWords(i18next.t, alert('gpu_missing', { gpu: 0, state: 'melted' }))).toEqual({
      what: 'the core’s message',
      advice: '',
    });
  });
});
