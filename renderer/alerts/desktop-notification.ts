import type { TFunction } from 'i18next';
import type { Alert, HeadroomBridge } from '#contract';
import { alertWords } from './alert-words.ts';

type DesktopNotification = Parameters<HeadroomBridge['notify']>[0];

/** One notification for all alerts of one moment, the most severe first: a full GPU can raise several on each card. */
export function desktopNotification(raised: readonly Alert[], t: TFunction): DesktopNotification | null {
  const first = raised.find(({ level }) => level === 'error') ?? raised[0];
  if (!first) return null;
  const { what, advice } = alertWords(t, first);
  const more = raised.length > 1 ? t('alerts.more', { count: raised.length - 1 }) : '';
  const body = [advice, more].filter((line) => line !== '').join('\n');
  return { title: what, body, urgent: first.level === 'error' };
}
