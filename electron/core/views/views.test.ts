import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { SavedView } from '#contract';
import { openViews } from './views.ts';

it('keeps views for the next start, replaces one of the same name, and removes one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-views-'));
  let shown: SavedView[] = [];
  const open = () => openViews({ file: join(folder, 'views.json'), onChange: (views) => (shown = views) });
  const views = await open();
  await Promise.all([views.save({ name: 'failed', place: 'a' }), views.save({ name: 'week', place: 'b' })]);
  await views.save({ name: 'failed', place: 'c' });
  await open();
  expect(shown.map(({ name, place }) => [name, place])).toEqual([
    ['week', 'b'],
    ['failed', 'c'],
  ]);
  await views.remove(shown[0]?.id ?? '');
  expect(shown.map(({ name }) => name)).toEqual(['failed']);
  await rm(folder, { recursive: true });
});
