import { beforeEach, expect, it } from 'vitest';
import { PanelError, verbatim } from '#contract';
import type { Client } from '../backend/index.ts';
import { type ResumeSteps, resumeRun } from './resume.ts';

let done: unknown[];
let steps: ResumeSteps;

beforeEach(() => {
  done = [];
  const resume: Client['resume'] = async (reqId, how) => {
    done.push(['resume', reqId, how]);
    return { req_id: 'b', kept_items: 2 };
  };
  steps = {
    client: () => ({ resume }) as Client,
    overrides: () => ({}),
    change: async (values) => void done.push(['change', values]),
    apply: async () => void done.push(['apply']),
    busy: () => false,
  };
});

it('passes a change of the run itself to the backend', async () => {
  const answer = await resumeRun(steps, { req_id: 'a', change: { name: 'context', to: 2560 } });
  expect(answer).toEqual({ req_id: 'b', kept_items: 2 });
  await resumeRun(steps, { req_id: 'a' });
  await resumeRun(steps, { req_id: 'a', force: true });
  expect(done).toEqual([
    ['resume', 'a', { change: { name: 'context', to: 2560 } }],
    ['resume', 'a', {}],
    ['resume', 'a', { force: true }],
  ]);
});

it('changes and applies a setting first, and then resumes without a change', async () => {
  await resumeRun(steps, { req_id: 'a', change: { name: 'limit', to: 0.3 } });
  await resumeRun(steps, { req_id: 'a', change: { name: 'dtype', to: 'bfloat16' } });
  expect(done).toEqual([
    ['change', { LBS_GPU_MEMORY_LIMIT: 0.3 }],
    ['apply'],
    ['resume', 'a', {}],
    ['change', { LBS_TORCH_DTYPE: 'bfloat16' }],
    ['apply'],
    ['resume', 'a', {}],
  ]);
});

it('does not resume where the setting could not be applied', async () => {
  steps.apply = () => Promise.reject(new PanelError('backend_error', verbatim('No.')));
  await expect(resumeRun(steps, { req_id: 'a', change: { name: 'limit', to: 0.3 } })).rejects.toThrow('No.');
  expect(done).toEqual([['change', { LBS_GPU_MEMORY_LIMIT: 0.3 }]]);
});

it('rejects a setting of the environment, and a restart that would end another run, before anything is changed', async () => {
  const change = { name: 'limit', to: 0.3 } as const;
  steps.overrides = () => ({ LBS_GPU_MEMORY_LIMIT: '0.1' });
  await expect(resumeRun(steps, { req_id: 'a', change })).rejects.toThrow('LBS_GPU_MEMORY_LIMIT is 0.1 in the environ');
  steps.overrides = () => ({});
  steps.busy = () => true;
  await expect(resumeRun(steps, { req_id: 'a', change })).rejects.toThrow('another run is queued');
  expect(done).toEqual([]);
});
