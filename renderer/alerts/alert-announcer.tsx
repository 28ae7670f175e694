import { notifications } from '@mantine/notifications';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useReplayed } from '../replay/index.ts';
import { useLive, usePanelState } from '../store.ts';
import { alertWords } from './alert-words.ts';
import { desktopNotification } from './desktop-notification.ts';
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
    const raised = newAlerts(known.current, list);
    for (const alert of raised) {
      const { id, level } = alert;
      const { what, advice } = alertWords(t, alert);
      notifications.show({
        id,
        title: what,
        message: advice,
        color: level === 'error' ? 'red' : 'yellow',
        autoClose: TOAST_MS,
        closeButtonProps: { 'aria-label': t('notices.dismiss') },
      });
      if (settings.notifications && !window.headroom) notifyBrowser(id, what, advice);
    }
    known.current = new Set(list.map(({ id }) => id));
  }, [list, settings.notifications, replayed, t]);
  useDesktopNotifications();
  return null;
}

/** Notifies the desktop also while the page shows a recording: the alerts of the core go on. */
function useDesktopNotifications(): void {
  const { t } = useTranslation();
  const alerts = useLive(({ state }) => state?.alerts ?? null);
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (!alerts) return;
    const raised = newAlerts(known.current, alerts.list);
    const notification = alerts.settings.notifications ? desktopNotification(raised, t) : null;
    if (notification) window.headroom?.notify(notification);
    known.current = new Set(alerts.list.map(({ id }) => id));
  }, [alerts, t]);
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
