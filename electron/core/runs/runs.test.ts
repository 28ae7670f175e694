import { beforeEach, expect, it } from 'vitest';
import type { Run, TimelineEvent } from '#contract';
import { createRuns, type Runs } from './runs.ts';

const run = (status: Run['status'], more: Partial<Run> = {}): Run => ({
  req_id: 'a',
  dataset: 'NeedleInAHaystack/NeedleInAHaystack',
  model: 'm',
  status,
  parameters: {},
  resumes: null,
  stage: null,
  result: null,
  current_item: 0,
  total_items: 4,
  current_question: '',
  current_question_sentence: null,
  start_time: 1,
  last_update_time: 1,
  estimated_remaining_seconds: 9,
  progress_percentage: 0,
  unsaved_items: 0,
  wait_for_bytes: null,
  wait_sentence: null,
  paused: false,
  error: null,
  error_code: null,
  error_sentence: null,
  ...more,
});

let events: TimelineEvent['kind'][];
let incidents: Run[];
let runs: Runs;

beforeEach(() => {
  events = [];
  incidents = [];
  runs = createRuns({ onEvent: ({ kind }) => events.push(kind) });
  runs.onOutOfMemory((one) => incidents.push(one));
});

it('marks the start and the end of a run on the timeline, once each', () => {
  for (const status of ['queued', 'processing', 'processing', 'completed', 'completed'] as const)
    runs.take(run(status));
  expect(events).toEqual(['run_started', 'run_ended']);
});

it('does not mark a run that ended before this panel started', () => {
  runs.take(run('completed'));
  runs.take(run('failed', { req_id: 'b', error_code: 'out_of_memory' }));
  expect(events).toEqual([]);
  expect(incidents).toEqual([]);
});

it('records an incident for an out-of-memory error', () => {
  runs.take(run('processing'));
  runs.take(run('failed', { error_code: 'out_of_memory' }));
  expect(events).toEqual(['out_of_memory']);
  expect(incidents).toMatchObject([{ req_id: 'a' }]);
});

it('keeps a result that a later report lacks', () => {
  runs.take(run('completed', { result: { score: 1 } }));
  runs.take(run('completed'));
  expect(runs.stream.backlog()[0]?.result).toEqual({ score: 1 });
});

it('fails open runs when the backend exits, and leaves the others unchanged', () => {
  const pushed: Run[] = [];
  for (const [id, status] of [
    ['a', 'queued'],
    ['b', 'processing'],
    ['c', 'completed'],
  ] as const)
    runs.take(run(status, { req_id: id }));
  runs.stream.onItem((one) => pushed.push(one));
  runs.backendGone();
  expect(pushed.map((one) => [one.req_id, one.status, one.error_code])).toEqual([
    ['a', 'failed', 'backend_ended'],
    ['b', 'failed', 'backend_ended'],
  ]);
});

it('keeps what a person has stopped: queued runs wait, unless another backend starts', () => {
  runs.take(run('queued'));
  runs.take(run('processing', { req_id: 'b' }));
  runs.backendStopped();
  const codes = () => runs.stream.backlog().map((one) => [one.status, one.error_sentence?.code]);
  expect(codes()).toEqual([
    ['queued', undefined],
    ['cancelled', 'runs.stoppedByYou'],
  ]);
  runs.keptForOwn();
  expect(codes()[0]).toEqual(['failed', 'runs.keptForOwn']);
});

it('knows the run in progress however many are queued after it, and keeps 200 that have ended', () => {
  runs.take(run('processing', { req_id: 'now' }));
  for (let i = 0; i < 300; i += 1) runs.take(run('queued', { req_id: `q${i}` }));
  expect(runs.current()?.req_id).toBe('now');
  expect(runs.stream.backlog()).toHaveLength(301);
  runs.backendGone();
  expect(runs.anyOpen()).toBe(false);
  expect(runs.stream.backlog()).toHaveLength(200);
});

it('forgets deleted runs, but none that is open', () => {
  runs.take(run('completed', { req_id: 'done' }));
  runs.take(run('processing', { req_id: 'open' }));
  runs.forget(['done', 'open', 'unknown']);
  expect(runs.stream.backlog().map(({ req_id }) => req_id)).toEqual(['open']);
});
