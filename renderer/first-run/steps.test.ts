import { describe, expect, it } from 'vitest';
import { type Check, type PanelState, panelStateSchema, verbatim } from '#contract';
import { stepsOf } from './steps.ts';

type Facts = Parameters<typeof stepsOf>[0];

const check = (id: string, state: string): Check =>
  ({ id, state, sentence: verbatim(`${id} ${state}`), detail: [], fix: null }) as unknown as Check;

const facts = (given: {
  source?: PanelState['telemetry']['source'];
  telemetry?: PanelState['telemetry']['state'];
  phase?: PanelState['backend']['phase'];
  reason?: string;
  torch?: string;
  worker?: PanelState['backend']['worker'];
  checks?: Check[];
  creating?: boolean;
  skipped?: PanelState['firstRun']['skipped'];
}) =>
  ({
    telemetry: { source: given.source ?? 'nvidia-smi', state: given.telemetry ?? 'ok', fault: null },
    checks: { running: false, at: null, list: given.checks ?? [] },
    backend: {
      phase: given.phase ?? 'ready',
      torch: given.torch ?? null,
      worker: given.worker ?? null,
      workerError: null,
      reason: given.reason ? { code: given.reason, sentence: verbatim('why') } : null,
    },
    python: { creating: given.creating ? {} : null },
    firstRun: { done: false, skipped: given.skipped ?? [] },
  }) as unknown as Facts;

const words = (given: Parameters<typeof facts>[0]) =>
  stepsOf(facts(given)).map(({ state, situation }) => `${state} ${situation}`);

describe('the steps of a first run', () => {
  it.each([
    ['everything is there', { torch: '2', worker: 'idle' }, ['done found', 'done found', 'done ready']],
    [
      'the backend starts',
      { phase: 'starting', telemetry: 'starting' },
      ['working looking', 'working looking', 'working starting'],
    ],
    [
      'there is no driver',
      { source: 'emulator', checks: [check('driver', 'warning')], torch: '2', worker: 'idle' },
      ['missing noDriver', 'done found', 'done ready'],
    ],
    [
      'emulated GPUs were asked for',
      { source: 'emulator', checks: [check('driver', 'ok')], torch: '2', worker: 'starting' },
      ['done emulated', 'done found', 'working starting'],
    ],
    [
      'there is no Python',
      { phase: 'failed', reason: 'missing_python' },
      ['done found', 'missing unusable', 'working waits'],
    ],
    [
      'one is being made',
      { phase: 'failed', reason: 'missing_python', creating: true },
      ['done found', 'working creating', 'working waits'],
    ],
    [
      'torch is missing, by the checks',
      { phase: 'failed', reason: 'crash', checks: [check('python', 'ok'), check('torch', 'failed')] },
      ['done found', 'missing unusable', 'working waits'],
    ],
    [
      'the backend is stopped',
      { phase: 'stopped', checks: [check('python', 'ok'), check('torch', 'ok')], skipped: ['backend'] },
      ['done found', 'done found', 'skipped stopped'],
    ],
  ] as const)('say what is so where %s', (_, given, expected) => {
    expect(words(given as unknown as Parameters<typeof facts>[0])).toEqual(expected);
  });

  it('never skip what is done', () => {
    expect(words({ torch: '2', worker: 'idle', skipped: ['gpu', 'python', 'backend'] })[0]).toBe('done found');
  });
});

it('an older recording has no first run and no choice of Python', () => {
  const { firstRun, python } = panelStateSchema.shape;
  expect(firstRun.parse(undefined)).toEqual({ done: true, skipped: [] });
  expect(python.parse(undefined)).toMatchObject({ running: null, creating: null });
});
