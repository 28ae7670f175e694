import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, firstStep, reportedRefusal, reportedSteps, stepNames } from './start-steps.ts';
import { createStepDurations } from './step-durations.ts';

describe('the steps of a start', () => {
  it('are read from a file, which may end in the refusal', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headroom-steps-'));
    const file = join(folder, 'steps');
    expect(await reportedRefusal(file)).toBeNull();
    const sentence = { code: 'lbs.server.lacks', values: { names: 'torch' }, text: 'lacks torch' };
    await writeFile(file, `interpreter 5\nrefused ${JSON.stringify(sentence)}\n`);
    expect(await reportedSteps(file)).toEqual([{ name: 'interpreter', at: 5 }]);
    expect(await reportedRefusal(file)).toEqual(sentence);
    await writeFile(file, 'refused {"code": 1');
    expect(await reportedRefusal(file)).toBeNull();
    await rm(folder, { recursive: true });
  });

  it('begin where the previous one ended, and unreported ones end with the next', () => {
    let steps = advance(firstStep(0), 'environment', 10);
    steps = advance(steps, 'imports', 50);
    expect(steps).toEqual([
      { name: 'environment', startedAt: 0, endedAt: 10 },
      { name: 'interpreter', startedAt: 10, endedAt: 50 },
      { name: 'imports', startedAt: 50, endedAt: 50 },
      { name: 'database', startedAt: 50, endedAt: null },
    ]);
    expect(advance(steps, 'interpreter', 60)).toEqual(steps);
  });

  it('are never out of order, whatever is reported, and however often', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...stepNames), fc.nat(100))), (reported) => {
        let steps = firstStep(0);
        let at = 0;
        for (const [name, delay] of reported) {
          at += delay;
          const before = steps;
          steps = advance(steps, name, at);
          expect(steps.length).toBeGreaterThanOrEqual(before.length);
        }
        expect(steps.map(({ name }) => name)).toEqual(stepNames.slice(0, steps.length));
        for (const [i, { startedAt, endedAt }] of steps.entries()) {
          if (i > 0) expect(startedAt).toBe(steps[i - 1]?.endedAt);
          if (i < steps.length - 1) expect(endedAt).not.toBeNull();
          if (endedAt !== null) expect(endedAt).toBeGreaterThanOrEqual(startedAt);
        }
      }),
    );
  });
});

it('the typical duration is the median of the last starts, and survives the session', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-usual-'));
  const file = join(folder, 'starts.json');
  const usual = await createStepDurations(file);
  for (const ms of [100, 5_000, 200]) await usual.learn([{ name: 'imports', startedAt: 0, endedAt: ms }]);
  await usual.learn([{ name: 'worker', startedAt: 0, endedAt: null }]);
  expect(usual.typicalMs()).toEqual({ imports: 200 });
  expect((await createStepDurations(file)).typicalMs()).toEqual({ imports: 200 });
  await rm(folder, { recursive: true });
});
