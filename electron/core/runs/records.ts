import type { CommandHandlers } from '#contract';
import type { Guards } from '../guards/index.ts';
import { exportText } from './export.ts';
import type { Runs } from './runs.ts';

type Commands =
  | 'runs.compare'
  | 'runs.export'
  | 'runs.page'
  | 'runs.facets'
  | 'runs.items'
  | 'runs.annotate'
  | 'runs.delete'
  | 'runs.restore';

/** Runs of any age, as the backend keeps them. */
export function recordHandlers({
  guards: { client },
  runs,
  redact,
}: {
  guards: Pick<Guards, 'client'>;
  runs: Pick<Runs, 'forget'>;
  /** The text without secrets. */
  redact(text: string): Promise<string>;
}): Pick<CommandHandlers, Commands> {
  return {
    'runs.page': (input) => client().records(input),
    'runs.compare': (input) => client().compare(input),
    'runs.export': async ({ format, ...which }) => {
      const text = exportText(await client().exportRuns(which), format);
      const extension = { csv: 'csv', json: 'json', markdown: 'md' }[format];
      const day = new Date().toISOString().slice(0, 10);
      return { name: `headroom-runs-${day}.${extension}`, text: await redact(text) };
    },
    'runs.facets': () => client().facets(),
    'runs.items': ({ req_id, ...query }) => client().items(req_id, query),
    'runs.annotate': (input) => client().annotate(input),
    'runs.delete': async (input) => {
      await client().deleteRuns(input);
      runs.forget(input.req_ids);
    },
    'runs.restore': (input) => client().restoreRuns(input),
  };
}
