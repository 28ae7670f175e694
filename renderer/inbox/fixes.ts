import type { AlertKind } from '#contract';
import { paths } from '../routes/index.ts';

interface Fix {
  /** The key of the button's words: `inbox.fix.WORDS`. */
  words: 'limit' | 'processes' | 'checks';
  to: string;
}

/** Where the advice of an alert can be followed; nothing where only hands can help. */
export const fixes: Partial<Record<AlertKind, Fix>> = {
  headroom: { words: 'processes', to: paths.overview },
  limit: { words: 'limit', to: paths.overview },
  card: { words: 'processes', to: paths.overview },
  taken: { words: 'processes', to: paths.overview },
  grown: { words: 'processes', to: paths.overview },
  collection: { words: 'checks', to: paths.settings('checks') },
};
