import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Checks, checkIds, verbatim } from '#contract';
import { type CheckTable, createRunner } from './runner.ts';
import { ok } from './types.ts';

type RunCheck = CheckTable<number>['port']['check'];

function runner(runs: Partial<Record<(typeof checkIds)[number], RunCheck>>, timeoutMs = 1_000) {
  const states: Checks[] = [];
  let shared = 0;
  const entries = checkIds.map((id) => [id, { timeoutMs, check: runs[id] ?? (() => ok(verbatim('Fine.'))) }]);
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
  it('run concurrently and finish one by one', async () => {
    let running = 0;
    let most = 0;
    const check = async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep(100);
      running -= 1;
      return ok(verbatim('Fine.'));
    };
    const checks = runner(Object.fromEntries(checkIds.map((id) => [id, check])), 20_000);
    await checks.run();
    expect(most).toBe(checkIds.length);
    expect(checks.states[0]).toMatchObject({ running: true, at: null });
    expect(checks.states[0]?.list.every(({ state }) => state === 'running')).toBe(true);
    expect(checks.state()).toMatchObject({ running: false, at: expect.any(Number) });
    expect(checks.state().list.map(({ id, state }) => `${id} ${state}`)).toEqual(checkIds.map((id) => `${id} ok`));
  });

  it('that throw, reject or never finish are unknown and do not block others', async () => {
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
    expect(checks.find('port')).toMatchObject({
      state: 'unknown',
      sentence: { code: 'checks.failed', values: { reason: 'no /proc' } },
    });
    expect(checks.find('disk')?.sentence?.text).toContain('gone');
    expect(checks.find('database')?.sentence).toMatchObject({ code: 'checks.timedOut', values: { seconds: 0.05 } });
    expect(checks.find('driver')?.state).toBe('ok');
  });

  it('requested twice run once; a later run starts again, and the old results stay until then', async () => {
    let calls = 0;
    const count = () => {
      calls += 1;
      return calls;
    };
    const checks = runner({ port: async (shared) => ok(verbatim(`${shared}.${count()}`)) });
    await Promise.all([checks.run(), checks.run()]);
    expect(checks.find('port')?.sentence?.text).toBe('1.1');
    const again = checks.run();
    expect(checks.find('port')).toMatchObject({ state: 'running', sentence: { text: '1.1' } });
    await again;
    expect(checks.find('port')?.sentence?.text).toBe('2.2');
  });

  it('stop at once when Headroom closes, and do not start again', async () => {
    const checks = runner({ port: () => new Promise(() => undefined) }, 60_000);
    const run = checks.run();
    await checks.stop();
    await run;
    expect(checks.find('port')).toMatchObject({ state: 'unknown', sentence: { code: 'checks.closing' } });
    const before = checks.states.length;
    await checks.run();
    expect(checks.states.length).toBe(before);
  });
});
