import { expect, it } from 'vitest';
import { createRedactions, splitAtMarks } from './redactions.ts';

it('collects each place once, with what is around it, and counts every secret', () => {
  const redactions = createRedactions();
  const line = `${'a'.repeat(100)} HF_TOKEN=[removed] ${'b'.repeat(100)}`;
  redactions.add(line);
  redactions.add(line);
  redactions.add('cd ~/models\n');
  redactions.add('nothing');
  expect(redactions.result()).toEqual({
    secrets: 2,
    places: [`…${'a'.repeat(50)} HF_TOKEN=[removed] ${'b'.repeat(59)}…`, 'cd ~/models'],
  });
});

it('splits text at its marks', () => {
  expect(splitAtMarks('a [removed] ~/b')).toEqual(['a ', '[removed]', ' ', '~', '/b']);
});
