import { notifications } from '@mantine/notifications';
import type { TFunction } from 'i18next';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert, HeadroomBridge } from '#contract';
import { useReplayed } from '../replay/index.ts';
import { usePanelState } from '../store.ts';
import { alertWords } from './alert-words.ts';
import { newAlerts } from './new-alerts.ts';

const TOAST_MS = 10_000;

/** Announces each new alert once: as a toast, and as a notification of the desktop, or of the browser while the page has no focus. */
export function AlertAnnouncer() {
  const { t } = useTranslation();
  const { list, settings } = usePanelState((state) => state.alerts);
  // The alerts of a recording are not new.
  const replayed = useReplayed(({ replay }) => replay !== null);
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (replayed) return;
    const raised = newAlerts(known.current, list).map((alert) => ({ ...alert, ...alertWords(t, alert) }));
    for (const { id, level, what, advice } of raised)
      notifications.show({
        id,
        title: what,
        message: advice,
        color: level === 'error' ? 'red' : 'yellow',
        autoClose: TOAST_MS,
        closeButtonProps: { 'aria-label': t('notices.dismiss') },
      });
    if (settings.notifications && window.headroom) notifyDesktop(window.headroom, raised, t);
    else if (settings.notifications) for (const { id, what, advice } of raised) notifyBrowser(id, what, advice);
    known.current = new Set(list.map(({ id }) => id));
  }, [list, settings.notifications, replayed, t]);
  return null;
}

type Raised = Alert & ReturnType<typeof alertWords>;

/** One notification for all alerts of one moment, the most severe first: a full GPU can raise several on each card. */
function notifyDesktop(bridge: HeadroomBridge, raised: readonly Raised[], t: TFunction): void {
  const first = raised.find(({ level }) => level === 'error') ?? raised[0];
  if (!first) return;
  const more = raised.length > 1 ? [t('alerts.more', { count: raised.length - 1 })] : [];
  const body = [first.advice, ...more].filter((line) => line !== '').join('\n');
  bridge.notify({ title: first.what, body, urgent: first.level === 'error' });
}

/** Several pages of one panel show one notification: the browser replaces a notification with the same tag. */
function notifyBrowser(tag: string, title: string, body: string): void {
  if (!('Notification' in window) || Notification.permission !== 'granted' || document.hasFocus()) return;
  try {
    new Notification(title, { body, tag, icon: './icon.svg' });
  } catch {
    // Some browsers allow notifications only to a service worker; the toast and the bell remain.
  }
}
