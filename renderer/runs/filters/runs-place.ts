import type { RunFilter, RunSortKey, RunState } from '#contract';
import { runSortKeys, runStates } from '#contract';

/** What the table shows, as the address has it: a reload, a shared link and a saved view come back to it. */
export interface RunsPlace {
  search: string;
  models: string[];
  datasets: string[];
  states: RunState[];
  tags: string[];
  dtypes: string[];
  limits: string[];
  /** The last seven days only. */
  week: boolean;
  sort: { by: RunSortKey; descending: boolean };
}

export type ListName = 'models' | 'datasets' | 'states' | 'tags' | 'dtypes' | 'limits';
export const lists: readonly ListName[] = ['models', 'datasets', 'states', 'tags', 'dtypes', 'limits'];
const NEWEST = { by: 'created_at', descending: true } as const;
const WEEK_SECONDS = 7 * 24 * 3_600;
/** The parts of the query that belong to the table. */
const names = ['q', 'week', 'sort', ...lists];

export function readPlace(query: URLSearchParams): RunsPlace {
  const list = (name: ListName) => query.getAll(name);
  const [, minus, by] = /^(-?)(\w+)$/.exec(query.get('sort') ?? '') ?? [];
  const key = runSortKeys.find((name) => name === by);
  return {
    search: query.get('q') ?? '',
    models: list('models'),
    datasets: list('datasets'),
    states: list('states').filter((value): value is RunState => runStates.some((state) => state === value)),
    tags: list('tags'),
    dtypes: list('dtypes'),
    limits: list('limits'),
    week: query.get('week') === '1',
    sort: key ? { by: key, descending: minus === '-' } : NEWEST,
  };
}

/** The query with this place; what belongs to other rooms stays. */
export function writePlace(place: RunsPlace, query: URLSearchParams): URLSearchParams {
  const next = new URLSearchParams(query);
  for (const name of names) next.delete(name);
  if (place.search !== '') next.set('q', place.search);
  for (const name of lists) for (const value of place[name]) next.append(name, value);
  if (place.week) next.set('week', '1');
  const { by, descending } = place.sort;
  if (by !== NEWEST.by || descending !== NEWEST.descending) next.set('sort', `${descending ? '-' : ''}${by}`);
  return next;
}

/** Only what belongs to the table, for a saved view. */
export const placeText = (place: RunsPlace): string => writePlace(place, new URLSearchParams()).toString();

export const isFiltered = (place: RunsPlace): boolean =>
  place.search !== '' || place.week || lists.some((name) => place[name].length > 0);

/** `now`: Unix seconds. */
export function filterOf(place: RunsPlace, now: number): RunFilter {
  const { search, models, datasets, states, tags, dtypes, limits, week } = place;
  return {
    search,
    models,
    datasets,
    states,
    tags,
    dtypes,
    limits,
    ...(week && { since: Math.floor(now - WEEK_SECONDS) }),
  };
}
