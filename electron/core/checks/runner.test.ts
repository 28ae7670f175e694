import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Checks, checkIds } from '#contract';
import { type CheckTable, createRunner } from './runner.ts';
import { ok } from './types.ts';

type Look = CheckTable<number>['port']['look'];

function runner(looks: Partial<Record<(typeof checkIds)[number], Look>>, limitMs = 1_000) {
  const states: Checks[] = [];
  let shared = 0;
  const entries = checkIds.map((id) => [id, { limitMs, look: looks[id] ?? (() => ok('Fine.')) }]);
  const made = createRunner<number>({
    table: Object.fromEntries(entries) as CheckTable<number>,
    share: () => {
      shared += 1;
      return shared;
    },
    onChange: (state) => states.push(state),
  });
  return { ...made, states, find: (id: string) => made.state().list.find((check) => check.id === id) };
}

describe('the checks', () => {
  it('run at the same time and arrive one by one', async () => {
    const looks = Object.fromEntries(checkIds.map((id) => [id, () => sleep(100).then(() => ok('Fine.'))]));
    const checks = runner(looks);
    const began = Date.now();
    await checks.run();
    expect(Date.now() - began).toBeLessThan(500);
    expect(checks.states[0]).toMatchObject({ running: true, at: null });
    expect(checks.states[0]?.list.every(({ state }) => state === 'running')).toBe(true);
    expect(checks.state()).toMatchObject({ running: false, at: expect.any(Number) });
    expect(checks.state().list.map(({ id, state }) => `${id} ${state}`)).toEqual(checkIds.map((id) => `${id} ok`));
  });

  it('that throw, reject or never answer are told as unknown and hold nobody up', async () => {
    const checks = runner(
      {
        port: () => {
          throw new Error('no /proc');
        },
        disk: () => Promise.reject(new Error('gone')),
        database: () => new Promise(() => undefined),
      },
      50,
    );
    await checks.run();
    expect(checks.find('port')).toMatchObject({ state: 'unknown', sentence: 'This could not be looked at: no /proc' });
    expect(checks.find('disk')?.sentence).toContain('gone');
    expect(checks.find('database')?.sentence).toContain('not known within 0.05 s');
    expect(checks.find('driver')?.state).toBe('ok');
  });

  it('asked for twice run once; later they run anew, and the old words stay until then', async () => {
    let asked = 0;
    const count = () => {
      asked += 1;
      return asked;
    };
    const checks = runner({ port: async (shared) => ok(`${shared}.${count()}`) });
    await Promise.all([checks.run(), checks.run()]);
    expect(checks.find('port')?.sentence).toBe('1.1');
    const again = checks.run();
    expect(checks.find('port')).toMatchObject({ state: 'running', sentence: '1.1' });
    await again;
    expect(checks.find('port')?.sentence).toBe('2.2');
  });

  it('end at once when Headroom closes, and do not begin again', async () => {
    const checks = runner({ port: () => new Promise(() => undefined) }, 60_000);
    const run = checks.run();
    await checks.stop();
    await run;
    expect(checks.find('port')).toMatchObject({ state: 'unknown', sentence: 'Headroom is closing.' });
    const before = checks.states.length;
    await checks.run();
    expect(checks.states.length).toBe(before);
  });
});
