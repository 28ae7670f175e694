import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openInbox } from './inbox.ts';

it('remembers the last visit, also in the next start, and never an earlier one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-inbox-'));
  const states: unknown[] = [];
  const open = () => openInbox({ file: join(folder, 'inbox.json'), onChange: (state) => states.push(state) });
  const inbox = await open();
  expect(inbox.state()).toEqual({ visitedAt: null });
  await Promise.all([inbox.visit(200), inbox.visit(100)]);
  expect((await open()).state()).toEqual({ visitedAt: 200 });
  expect(states.at(-1)).toEqual({ visitedAt: 200 });
  await rm(folder, { recursive: true });
});
