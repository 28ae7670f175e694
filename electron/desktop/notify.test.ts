import type { BrowserWindow } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { notifyChannel } from './channel.ts';
import { showNotifications } from './notify.ts';

const desktop = vi.hoisted(() => ({
  supported: true,
  shown: [] as { options: unknown; emit(name: string): void }[],
  send: (_channel: string, _event: unknown, _message: unknown): boolean => false,
}));

vi.mock('electron', async () => {
  const { EventEmitter } = await import('node:events');
  class Notification extends EventEmitter {
    static isSupported = () => desktop.supported;
    constructor(readonly options: unknown) {
      super();
    }
    show() {
      desktop.shown.push(this);
    }
  }
  const ipcMain = new EventEmitter();
  desktop.send = (channel, event, message) => ipcMain.emit(channel, event, message);
  return { Notification, ipcMain, BrowserWindow: class {} };
});
vi.mock('./protocol.ts', () => ({ origin: 'headroom://app' }));

let calls: string[];
let minimized: boolean;
const window = {
  isDestroyed: () => false,
  isMinimized: () => minimized,
  restore: () => calls.push('restore'),
  show: () => calls.push('show'),
  focus: () => calls.push('focus'),
} as unknown as BrowserWindow;

const frame = (url: string) => {
  const senderFrame = { url };
  return { senderFrame, sender: { mainFrame: senderFrame } };
};
const page = frame('headroom://app/index.html');
const alert = { title: 'GPU 0: 90 °C', body: '请检查风扇。', urgent: false };
const send = (message: unknown, event: unknown = page) => desktop.send(notifyChannel, event, message);

beforeEach(() => {
  desktop.supported = true;
  desktop.shown = [];
  calls = [];
  minimized = false;
});

describe('a desktop notification', () => {
  it('shows what the page sends, until it is stopped', () => {
    const stop = showNotifications(window);
    send(alert);
    send({ ...alert, urgent: true });
    expect(desktop.shown.map(({ options }) => options)).toEqual([
      { title: alert.title, body: alert.body, urgency: 'normal' },
      { title: alert.title, body: alert.body, urgency: 'critical' },
    ]);
    stop();
    send(alert);
    expect(desktop.shown).toHaveLength(2);
  });

  it.each([
    ['another page', alert, frame('https://example.org/')],
    ['an embedded frame', alert, { ...page, sender: { mainFrame: {} } }],
    ['an invalid message', { title: 7 }, page],
  ])('is not shown for %s', (_, message, event) => {
    const stop = showNotifications(window);
    send(message, event);
    expect(desktop.shown).toEqual([]);
    stop();
  });

  it('brings the window up when it is clicked', () => {
    const stop = showNotifications(window);
    send(alert);
    expect(calls).toEqual([]);
    desktop.shown[0]?.emit('click');
    expect(calls).toEqual(['show', 'focus']);
    minimized = true;
    desktop.shown[0]?.emit('click');
    expect(calls.slice(2)).toEqual(['restore', 'show', 'focus']);
    stop();
  });

  it('is not attempted where the desktop does not support any', () => {
    desktop.supported = false;
    showNotifications(window);
    expect(send(alert)).toBe(false);
  });
});
