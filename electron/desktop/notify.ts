import { type BrowserWindow, type IpcMainEvent, ipcMain, Notification } from 'electron';
import { notificationSchema } from '#contract';
import { notifyChannel } from './channel.ts';
import { isOurs } from './ipc.ts';
import { bringUp } from './window.ts';

/** How many notifications stay clickable. */
const MOST_SHOWN = 20;

/** Shows the notifications that the page sends, in the page's language. A click brings the window up. */
export function showNotifications(window: BrowserWindow): () => void {
  if (!Notification.isSupported()) return () => undefined;
  // Referenced here: a notification that is garbage-collected does not receive its click.
  const shown = new Set<Notification>();
  const receive = (event: IpcMainEvent, raw: unknown) => {
    const { data } = notificationSchema.safeParse(raw);
    if (!data || !isOurs(event)) return;
    const { title, body, urgent } = data;
    const notification = new Notification({ title, body, urgency: urgent ? 'critical' : 'normal' });
    shown.add(notification);
    for (const old of [...shown].slice(0, -MOST_SHOWN)) shown.delete(old);
    notification.on('click', () => bringUp(window));
    notification.on('close', () => shown.delete(notification));
    notification.show();
  };
  ipcMain.on(notifyChannel, receive);
  return () => void ipcMain.off(notifyChannel, receive);
}
