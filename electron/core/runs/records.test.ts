import { expect, it } from 'vitest';
import { type CommandArgument, commands, PanelError, verbatim } from '#contract';
import type { Client } from '../backend/index.ts';
import { recordHandlers } from './records.ts';

function handlersOver(client: Partial<Client>) {
  const forgotten: string[] = [];
  const handlers = recordHandlers({
    guards: { client: () => client as Client },
    runs: { forget: (reqIds) => void forgotten.push(...reqIds) },
    redact: async (text) => text.replaceAll('hf_secret', '[removed]'),
  });
  return { handlers, forgotten };
}

it('forgets deleted runs, and keeps them where the backend refuses', async () => {
  const { handlers, forgotten } = handlersOver({
    deleteRuns: async ({ req_ids }) => {
      if (req_ids.includes('open')) throw new PanelError('invalid_input', verbatim('It is in progress.'));
    },
  });
  await expect(handlers['runs.delete']({ req_ids: ['a', 'open'] })).rejects.toThrow('in progress');
  expect(forgotten).toEqual([]);
  await handlers['runs.delete']({ req_ids: ['a'] });
  expect(forgotten).toEqual(['a']);
});

it('passes the page of a run’s items on', async () => {
  const asked: unknown[] = [];
  const { handlers } = handlersOver({
    items: async (...words) => {
      asked.push(words);
      return { total: 0, items: [] };
    },
  });
  const input: CommandArgument<'runs.items'> = { req_id: 'a', offset: 5, limit: 2, failed: true };
  await handlers['runs.items'](input);
  expect(asked).toEqual([['a', { offset: 5, limit: 2, failed: true }]]);
});

it.each([
  ['runs.page', { offset: 0, limit: 501 }],
  ['runs.page', { offset: 0, limit: 1, sort: { by: 'result', descending: true } }],
  ['runs.annotate', { req_id: 'a', note: 'x'.repeat(4_001) }],
  ['runs.annotate', { req_id: 'a', tags: ['  '] }],
  ['runs.annotate', { req_id: 'a', tags: ['x'.repeat(41)] }],
  ['runs.delete', { req_ids: [] }],
] as const)('refuses an input of %s that the backend would refuse', (name, input) => {
  expect(commands[name].input.safeParse(input).success).toBe(false);
});

it('exports without secrets', async () => {
  const { handlers } = handlersOver({ exportRuns: async () => [] });
  const { name, text } = await handlers['runs.export']({ format: 'csv' });
  expect(name).toMatch(/^headroom-runs-\d{4}-\d\d-\d\d\.csv$/);
  expect(text).toMatch(/^started,model,.*,id\r\n$/);
});
