import { notifications } from '@mantine/notifications';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useReplayed } from '../replay/index.ts';
import { usePanelState } from '../store.ts';
import { alertWords } from './alert-words.ts';
import { newAlerts } from './new-alerts.ts';

const TOAST_MS = 10_000;

/** Announces each new alert once: as a toast and, in serve mode while the page has no focus, as a browser notification. */
export function AlertAnnouncer() {
  const { t } = useTranslation();
  const { list, settings } = usePanelState((state) => state.alerts);
  // The desktop shell shows its own notifications, also while the window is hidden.
  const byBrowser = usePanelState((state) => state.app.shell === 'serve') && settings.notifications;
  // The alerts of a recording are not new.
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

/** Several pages of one panel show one notification: the browser replaces a notification with the same tag. */
function notify(tag: string, title: string, body: string): void {
  if (!('Notification' in window) || Notification.permission !== 'granted' || document.hasFocus()) return;
  try {
    new Notification(title, { body, tag, icon: './icon.svg' });
  } catch {
    // Some browsers allow notifications only to a service worker; the toast and the bell remain.
  }
}
