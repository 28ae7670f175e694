import { expect, it } from 'vitest';
import type { Client } from '../backend/index.ts';
import { createGuards } from './guards.ts';

const client = {} as Client;
const idle = {
  clearing: () => false,
  profileSelected: () => false,
  client: () => client,
  decide: async (action: string) => action,
  watching: () => null,
  requireAllowedHost: () => undefined,
};

it('passes where every requirement is met', () => {
  const guards = createGuards(idle);
  guards.notWhileClearing();
  guards.ownBackend();
  expect(guards.client()).toBe(client);
});

it('rejects a command while GPU memory is being cleared', async () => {
  const guards = createGuards({ ...idle, clearing: () => true });
  expect(guards.notWhileClearing).toThrow('is being cleared');
  await expect(guards.decide('stop', 'now')).rejects.toThrow('is being cleared');
  expect(await createGuards(idle).decide('stop', 'now')).toBe('stop');
});

it('has no client for a profile’s backend, whether or not one is ready', () => {
  const guards = createGuards({ ...idle, profileSelected: () => true });
  expect(guards.ownBackend).toThrow("not Headroom's own");
  expect(guards.client).toThrow("not Headroom's own");
});

it('says why no client is available', () => {
  const none = { ...idle, client: () => null };
  expect(createGuards(none).client).toThrow('not ready');
  expect(createGuards({ ...none, watching: () => 7 }).client).toThrow('Process 7');
});
