import { benchmarks, type CevalItem, cevalItemSchema, type NeedleItem, needleItemSchema, type Run } from '#contract';
import { resultsOf } from '../results.ts';

/** A finished item: `key` finds it in the backend, and is null where an older one stored none. */
export interface Test<T> {
  key: string | null;
  item: T;
}

/** The finished items of a run, without their prompts where they come from its result. */
export type Tests =
  | { kind: 'needle'; list: Test<NeedleItem>[] }
  | { kind: 'ceval'; list: Test<CevalItem>[] }
  | { kind: 'none'; list: [] };

/** An item as `runs.items` gives it. */
export interface StoredItem {
  key: string;
  item: Record<string, unknown>;
}

const none: Tests = { kind: 'none', list: [] };

/** Of the result where there is one, else of the items so far: a run that is in progress, failed or was cancelled. */
export function testsOf(run: Pick<Run, 'dataset' | 'result'>, items: readonly StoredItem[]): Tests {
  const needle = resultsOf(run).needle;
  if (needle) return { kind: 'needle', list: parsed(needle.tests, needleItemSchema.safeParse, needleKey) };
  const ceval = resultsOf(run).ceval;
  if (ceval) {
    const tests = (run.result as { tests?: unknown }).tests;
    return { kind: 'ceval', list: parsed(Array.isArray(tests) ? tests : [], cevalItemSchema.safeParse, keyOf) };
  }
  if (items.length === 0) return none;
  if (isNeedle(run)) return { kind: 'needle', list: stored(items, needleItemSchema.safeParse) };
  return { kind: 'ceval', list: stored(items, cevalItemSchema.safeParse) };
}

export const isNeedle = ({ dataset }: Pick<Run, 'dataset'>) => dataset.startsWith(benchmarks.needle);

type Parse<T> = (value: unknown) => { data?: T | undefined };

const parsed = <T>(tests: readonly unknown[], parse: Parse<T>, key: (item: T) => string | null): Test<T>[] =>
  tests.flatMap((test) => {
    const { data } = parse(test);
    return data === undefined ? [] : [{ key: key(data), item: data }];
  });

const stored = <T>(items: readonly StoredItem[], parse: Parse<T>): Test<T>[] =>
  items.flatMap(({ key, item }) => {
    const { data } = parse(item);
    return data === undefined ? [] : [{ key, item: data }];
  });

const keyOf = ({ key }: CevalItem) => key ?? null;

/** As the backend names it (python/lbs/benchmarks/needle/grid.py). */
const needleKey = ({ task_type, context_length, depth_percent, repeat }: NeedleItem) =>
  repeat === undefined ? null : `${task_type}|${context_length}|${Number(depth_percent.toPrecision(6))}|${repeat}`;

export const meanOf = (tests: Tests): number | null =>
  tests.list.length === 0
    ? null
    : tests.list.reduce((sum: number, { item }: Test<{ score: number }>) => sum + item.score, 0) / tests.list.length;

/** Tokens and seconds of all answers; null where not every item says so. */
export function totalsOf({ kind, list }: Tests): { read: number; written: number; seconds: number } | null {
  const all = list as readonly Test<NeedleItem & CevalItem>[];
  if (kind === 'none' || all.length === 0) return null;
  let [read, written, seconds] = [0, 0, 0];
  for (const { item } of all) {
    const tokens = kind === 'needle' ? item.prompt_tokens : item.tokens_in;
    if (tokens === undefined || item.tokens_out === undefined || item.seconds === undefined) return null;
    read += tokens;
    written += item.tokens_out;
    seconds += item.seconds;
  }
  return { read, written, seconds };
}
