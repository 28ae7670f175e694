import { type BrowserWindow, Notification } from 'electron';
import type { Alert, AlertKind } from '#contract';
import type { ControlPlane } from '../core/control-plane.ts';
import { bringUp } from './window.ts';

const titles: Record<AlertKind, string> = {
  headroom: 'Little headroom is left',
  limit: 'Close to the limit',
  card: 'The card is nearly full',
  leak: 'Memory grows while nothing runs',
  taken: 'Another program has taken GPU memory',
  hot: 'A GPU is hot',
  brake: 'A GPU is slowed down',
  collection: 'No figures of the GPUs',
  gpu_missing: 'A GPU is missing',
  xid: 'The driver reports an error',
  ecc: 'Memory errors on a GPU',
};

/** More than a person reads; what is dropped from here is still in the panel. */
const MOST_SHOWN = 20;

/**
 * Shows each alert that is to be told as a notification of the desktop; a click brings the window up. Those of one moment
 * share one: a model on eight GPUs that fills them would raise sixteen.
 */
export function notifyAlerts(plane: Pick<ControlPlane, 'onAlert'>, window: BrowserWindow): () => void {
  if (!Notification.isSupported()) return () => undefined;
  // Held here: one that is garbage-collected does not hear its click.
  const shown = new Set<Notification>();
  let waiting: Alert[] = [];
  const show = () => {
    const all = waiting;
    waiting = [];
    const alert = all.find(({ level }) => level === 'error') ?? all[0];
    if (!alert) return;
    const urgency = alert.level === 'error' ? 'critical' : 'normal';
    const notification = new Notification({ title: titles[alert.kind], body: bodyOf(alert, all.length - 1), urgency });
    shown.add(notification);
    for (const old of [...shown].slice(0, -MOST_SHOWN)) shown.delete(old);
    notification.on('click', () => bringUp(window));
    notification.on('close', () => shown.delete(notification));
    notification.show();
  };
  return plane.onAlert((alert) => {
    // They come one by one without a pause.
    if (waiting.push(alert) === 1) queueMicrotask(show);
  });
}

const bodyOf = ({ message }: Alert, more: number) =>
  more === 0 ? message : `${message}\nAnd ${more} more ${more === 1 ? 'alert' : 'alerts'}: the panel shows them all.`;
