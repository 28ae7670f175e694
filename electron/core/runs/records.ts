import type { CommandHandlers } from '#contract';
import type { Guards } from '../guards/index.ts';
import type { Runs } from './runs.ts';

type Commands = 'runs.page' | 'runs.facets' | 'runs.items' | 'runs.annotate' | 'runs.delete' | 'runs.restore';

/** Runs of any age, as the backend keeps them. */
export function recordHandlers({
  guards: { client },
  runs,
}: {
  guards: Pick<Guards, 'client'>;
  runs: Pick<Runs, 'forget'>;
}): Pick<CommandHandlers, Commands> {
  return {
    'runs.page': (input) => client().records(input),
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
