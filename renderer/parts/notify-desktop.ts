interface DesktopNotification {
  /** Several pages of one panel show one notification: the browser replaces one with the same tag. */
  tag: string;
  title: string;
  body: string;
  urgent: boolean;
}

/** A notification of the desktop or, in serve mode, of a browser that has the permission; none while the page is in front. */
export function notifyDesktop({ tag, title, body, urgent }: DesktopNotification): void {
  if (document.hasFocus()) return;
  if (window.headroom) {
    window.headroom.notify({ title, body, urgent });
    return;
  }
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  try {
    new Notification(title, { body, tag, icon: './icon.svg' });
  } catch {
    // Some browsers allow notifications only to a service worker; the page itself still shows what happened.
  }
}
