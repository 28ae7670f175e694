import { expect, it } from 'vitest';
import type { TopAnswer } from '../core/watching/index.ts';
import { tableOf } from './top-table.ts';

const answer: TopAnswer = {
  time: '2026-01-01T00:00:00.000Z',
  source: 'nvidia-smi',
  driver_version: '580.1',
  gpus: [{ uuid: 'GPU-0', index: 0, name: 'Card', state: 'ok', throttle_reasons: null }],
  processes: [],
  processes_reason: null,
};

it('lets no program speak to the terminal, and keeps it on its line', () => {
  const command = 'python \x1b]0;owned\x07\x9b2J\nGPU 9\u202e';
  const text = tableOf({ ...answer, processes: [{ gpu_uuid: 'GPU-0', pid: 7, command }] }, 120);
  expect(text).toMatch(/ 7 .*python .*owned.*GPU 9/);
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
});

it('says why there is no list', () => {
  expect(tableOf({ ...answer, processes: null, processes_reason: 'nvidia-smi hangs' }, 120)).toMatch(
    /nvidia-smi hangs$/,
  );
});
