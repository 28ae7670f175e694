import { EventEmitter } from 'node:events';
import type { BrowserWindow } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Alert } from '#contract';
import { notifyAlerts } from './notify.ts';

const desktop = vi.hoisted(() => ({ supported: true, shown: [] as { options: unknown; emit(name: string): void }[] }));

vi.mock('electron', async () => {
  const { EventEmitter: Emitter } = await import('node:events');
  class Notification extends Emitter {
    static isSupported = () => desktop.supported;
    constructor(readonly options: unknown) {
      super();
    }
    show() {
      desktop.shown.push(this);
    }
  }
  return { Notification, BrowserWindow: class {} };
});
vi.mock('./protocol.ts', () => ({ origin: 'headroom://app' }));

const alert: Alert = {
  ...{ id: 'hot-1', kind: 'hot', level: 'warning', gpuUuid: 'GPU-0', since: 0, endedAt: null, values: {} },
  message: 'GPU 0: 90 °C.',
};

let asked: string[];
let minimized: boolean;
const window = {
  isDestroyed: () => false,
  isMinimized: () => minimized,
  restore: () => asked.push('restore'),
  show: () => asked.push('show'),
  focus: () => asked.push('focus'),
} as unknown as BrowserWindow;

const plane = () => {
  const alerts = new EventEmitter();
  const onAlert = (listener: (one: Alert) => void) => {
    alerts.on('alert', listener);
    return () => void alerts.off('alert', listener);
  };
  return { onAlert, tell: async (one: Alert) => alerts.emit('alert', one) };
};

beforeEach(() => {
  desktop.supported = true;
  desktop.shown = [];
  asked = [];
  minimized = false;
});

describe('a notification of the desktop', () => {
  it('says what the alert says, and an error is urgent', async () => {
    const { onAlert, tell } = plane();
    const stop = notifyAlerts({ onAlert }, window);
    await tell(alert);
    await tell({ ...alert, level: 'error', kind: 'gpu_missing' });
    expect(desktop.shown.map(({ options }) => options)).toEqual([
      { title: 'A GPU is hot', body: 'GPU 0: 90 °C.', urgency: 'normal' },
      { title: 'A GPU is missing', body: 'GPU 0: 90 °C.', urgency: 'critical' },
    ]);
    stop();
    await tell(alert);
    expect(desktop.shown).toHaveLength(2);
  });

  it('is one for all that are raised in one moment, the gravest first', async () => {
    const { onAlert, tell } = plane();
    notifyAlerts({ onAlert }, window);
    for (let index = 0; index < 8; index += 1) void tell({ ...alert, message: `GPU ${index}: 90 °C.` });
    await tell({ ...alert, level: 'error', kind: 'gpu_missing', message: 'GPU 3 is lost.' });
    expect(desktop.shown.map(({ options }) => options)).toEqual([
      {
        title: 'A GPU is missing',
        body: 'GPU 3 is lost.\nAnd 8 more alerts: the panel shows them all.',
        urgency: 'critical',
      },
    ]);
    await tell(alert);
    expect(desktop.shown).toHaveLength(2);
  });

  it('brings the window up when it is clicked', async () => {
    const { onAlert, tell } = plane();
    notifyAlerts({ onAlert }, window);
    await tell(alert);
    expect(asked).toEqual([]);
    desktop.shown[0]?.emit('click');
    expect(asked).toEqual(['show', 'focus']);
    minimized = true;
    desktop.shown[0]?.emit('click');
    expect(asked.slice(2)).toEqual(['restore', 'show', 'focus']);
  });

  it('is not tried where the desktop has none', async () => {
    desktop.supported = false;
    const { onAlert, tell } = plane();
    notifyAlerts({ onAlert }, window);
    expect(await tell(alert)).toBe(false);
  });
});
