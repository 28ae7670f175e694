import { notifications } from '@mantine/notifications';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useReplayed } from '../replay/index.ts';
import { usePanelState } from '../store.ts';
import { alertWords } from './alert-words.ts';
import { newAlerts } from './new-alerts.ts';

const TOAST_MS = 10_000;

/** Tells of each new alert once: in a toast, and in serve mode by the browser where it was allowed and nobody looks. */
export function AlertNews() {
  const { t } = useTranslation();
  const { list, settings } = usePanelState((state) => state.alerts);
  // The desktop tells of them itself, also while its window is hidden.
  const byBrowser = usePanelState((state) => state.app.shell === 'serve') && settings.notifications;
  // What a recording holds is no news.
  const replayed = useReplayed(({ replay }) => replay !== null);
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (replayed) return;
    for (const alert of newAlerts(known.current, list)) {
      const { what, advice } = alertWords(t, alert);
      notifications.show({
        id: alert.id,
        title: what,
        message: advice,
        color: alert.level === 'error' ? 'red' : 'yellow',
        autoClose: TOAST_MS,
        closeButtonProps: { 'aria-label': t('notices.dismiss') },
      });
      if (byBrowser) notify(alert.id, what, advice);
    }
    known.current = new Set(list.map(({ id }) => id));
  }, [list, byBrowser, replayed, t]);
  return null;
}

/** Several pages of one panel tell it once: a notification with the same tag takes the place of the one before. */
function notify(tag: string, title: string, body: string): void {
  if (!('Notification' in window) || Notification.permission !== 'granted' || document.hasFocus()) return;
  try {
    new Notification(title, { body, tag, icon: './icon.svg' });
  } catch {
    // Some browsers only allow it to a service worker; the toast and the bell are there.
  }
}
