import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { quietGpu, SETTLED } from '#alert-watch';
import { type Alert, type AlertsState, alertSettingsSchema, alertsSchema, commands } from '#contract';
import { telemetryOf, tickOf } from '#samples';
import { type AlertsOptions, createAlerts } from './alerts.ts';
import { alertHandlers } from './handlers.ts';
import type { AlertView } from './types.ts';

let folder: string;
let file: string;
let view: AlertView;
let states: AlertsState[];
let raisedAlerts: [Alert, boolean][];
let time: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-alerts-'));
  file = join(folder, 'alerts.json');
  view = { telemetry: telemetryOf(), limit: 0, worker: null, run: false };
  [states, raisedAlerts, time] = [[], [], 0];
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

const create = (given: Partial<AlertsOptions> = {}) =>
  createAlerts({
    file,
    view: () => view,
    onChange: (state) => states.push(state),
    onRaised: (alert, notify) => raisedAlerts.push([alert, notify]),
    now: () => time,
    ...given,
  });
const full = quietGpu({ memoryUsedMiB: 9_750, memoryFreeMiB: 250 });
const quiet = quietGpu();

async function raised() {
  const alerts = await create();
  alerts.tick(tickOf(0, quiet));
  alerts.tick(tickOf(SETTLED, full));
  return alerts;
}

describe('the list', () => {
  it('changes when an alert is raised or ends, and never for values alone', async () => {
    const alerts = await raised();
    alerts.tick(tickOf(SETTLED + 500, quietGpu({ memoryUsedMiB: 9_800, memoryFreeMiB: 200 })));
    expect(states).toHaveLength(1);
    expect(raisedAlerts.map(([{ kind, values }, notify]) => [kind, values.headroomMiB, notify])).toEqual([
      ['headroom', 250, true],
      ['card', undefined, true],
    ]);
    alerts.tick(tickOf(SETTLED + 1_000, quiet));
    expect(states).toHaveLength(2);
    expect(alerts.state().list.map(({ endedAt }) => endedAt)).toEqual([SETTLED + 1_000, SETTLED + 1_000]);
    expect(alertsSchema.parse(alerts.state())).toEqual(alerts.state());
  });

  it('has active alerts first, then the fifty newest ended ones', async () => {
    const alerts = await create();
    await alerts.change({ card: { on: false, over: 0.97 } });
    for (let n = 0; n < 60; n += 1) {
      alerts.tick(tickOf(SETTLED + n * 2_000, full));
      alerts.tick(tickOf(SETTLED + n * 2_000 + 1_000, quiet));
    }
    alerts.tick(tickOf(SETTLED + 200_000, full));
    const ends = alerts.state().list.map(({ endedAt }) => endedAt);
    expect(ends).toHaveLength(51);
    expect(ends.slice(0, 3)).toEqual([null, SETTLED + 119_000, SETTLED + 117_000]);
  });

  it('drops a dismissed alert, which returns only at the next crossing', async () => {
    const alerts = await raised();
    const { 'alerts.dismiss': dismiss } = alertHandlers(alerts);
    for (const { id } of alerts.state().list) await dismiss({ id });
    expect(alerts.state().list).toEqual([]);
    await expect(dismiss({ id: 'other' })).rejects.toMatchObject({ code: 'not_found' });
    const changes = states.length;
    alerts.tick(tickOf(SETTLED + 1_000, full));
    alerts.tick(tickOf(SETTLED + 2_000, quiet));
    expect(states).toHaveLength(changes);
    alerts.tick(tickOf(SETTLED + 3_000, full));
    expect(alerts.state().list.map(({ kind }) => kind)).toEqual(['card', 'headroom']);
  });

  it('steps on a timer without samples', async () => {
    vi.useFakeTimers({ now: SETTLED });
    const alerts = await create({ now: Date.now });
    alerts.start();
    alerts.tick(tickOf(SETTLED, quiet));
    await vi.advanceTimersByTimeAsync(29_000);
    expect(raisedAlerts).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(raisedAlerts).toMatchObject([[{ kind: 'collection', values: { trouble: 'silent' } }, true]]);
    alerts.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the settings', () => {
  const defaults = alertSettingsSchema.parse({});

  it('are saved rule by rule: absent ones stay', async () => {
    const alerts = await create();
    const change = async (settings: object) =>
      alertHandlers(alerts)['alerts.change'](commands['alerts.change'].input.parse({ settings }));
    await change({ hot: { overCelsius: 70, minutes: 1 }, notifications: false });
    await change({ headroom: { belowMiB: 100 } });
    await change({ quietMinutes: 1 });
    const chosen = {
      ...{ ...defaults, notifications: false, quietMinutes: 1, hot: { on: true, overCelsius: 70, minutes: 1 } },
      headroom: { on: true, belowMiB: 100 },
    };
    expect(states.at(-1)?.settings).toEqual(chosen);
    expect((await create()).state().settings).toEqual(chosen);
    expect(() => commands['alerts.change'].input.parse({ settings: { cold: {} } })).toThrow();
    expect(() => commands['alerts.change'].input.parse({ settings: { hot: { minutes: -1 } } })).toThrow();
  });

  it('without notifications raise alerts, but notify nothing', async () => {
    const alerts = await create();
    await alerts.change({ notifications: false });
    alerts.tick(tickOf(0, quiet));
    alerts.tick(tickOf(SETTLED, full));
    expect(raisedAlerts.map(([, notify]) => notify)).toEqual([false, false]);
    expect(alerts.state().list.some(({ quiet: silent }) => silent)).toBe(false);
  });

  it('of a damaged file are renamed, and valid ones stay', async () => {
    await writeFile(
      file,
      JSON.stringify({ settings: { quietMinutes: 3, hot: { minutes: 'x' }, constructor: 1 }, later: 1 }),
    );
    const alerts = await create();
    expect(alerts.state().settings).toEqual({ ...defaults, quietMinutes: 3 });
    expect(alerts.notice()).toMatchObject({ code: 'file_damaged' });
    expect((await readdir(folder)).sort()).toEqual(['alerts.json', expect.stringContaining('alerts.json.damaged-')]);
    await alerts.change({ quietMinutes: 4 });
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ later: 1, settings: { quietMinutes: 4 } });

    await writeFile(file, '{');
    expect((await create()).state().settings).toEqual(defaults);
  });
});
