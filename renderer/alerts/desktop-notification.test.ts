import i18next from 'i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Alert, verbatim } from '#contract';
import '../i18n/index.ts';
import { desktopNotification } from './desktop-notification.ts';

const hot = (gpu: number): Alert => ({
  id: `hot-${gpu}`,
  kind: 'hot',
  level: 'warning',
  gpuUuid: `GPU-${gpu}`,
  since: 0,
  endedAt: null,
  sentence: verbatim(''),
  values: { gpu, celsius: 90, overCelsius: 85, minutes: 5 },
});
const lost: Alert = { ...hot(3), id: 'lost', kind: 'gpu_missing', level: 'error', values: { gpu: 3, state: 'lost' } };

describe('a desktop notification', () => {
  beforeAll(() => i18next.changeLanguage('en'));

  it('has the words of its alert', () => {
    expect(desktopNotification([hot(0)], i18next.t)).toEqual({
      title: 'GPU 0: 90 °C, above 85 °C for 5 min.',
      body: 'Check the fans and the airflow: the GPU may soon throttle.',
      urgent: false,
    });
    expect(desktopNotification([], i18next.t)).toBeNull();
  });

  it('is one for all alerts of one moment, the most severe first', () => {
    const all = [...Array.from({ length: 8 }, (_, gpu) => hot(gpu)), lost];
    const { title, body, urgent } = desktopNotification(all, i18next.t) ?? {};
    expect([title, urgent]).toEqual(['GPU 3 is lost: the driver cannot reach it.', true]);
    expect(body?.split('\n').at(-1)).toBe('8 more');
  });
});
