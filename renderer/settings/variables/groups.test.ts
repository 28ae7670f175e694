import { expect, it } from 'vitest';
import { settingNames } from '#contract';
import { groups, search } from './groups.ts';

it('shows every variable once', () => {
  expect([...groups.flatMap(({ variables }) => variables)].sort()).toEqual([...settingNames].sort());
});

it('finds variables by their name and by their sentence', () => {
  const about = (name: string) => (name === 'LBS_PORT' ? '0 picks any free port.' : 'A sentence.');
  const found = (words: string) => search(words, about).flatMap(({ variables }) => variables);
  expect(found('PORT')).toEqual(['LBS_PORT']);
  expect(found(' free   any ')).toEqual(['LBS_PORT']);
  expect(found('max_util')).toEqual(['LBS_GPU_MAX_UTILIZATION', 'LBS_CPU_MAX_UTILIZATION']);
  expect(found('nothing of it')).toEqual([]);
  expect(found('')).toHaveLength(settingNames.length);
});
