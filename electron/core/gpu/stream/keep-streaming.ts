import type { Fault } from '../smi/faults.ts';
import { createSurvivorsKeeper } from '../survivors/keep-survivors.ts';
import { createNotifier } from '../timing/notifier.ts';
import { createPatience, type Patience } from '../timing/patience.ts';
import type { SurvivorTimes } from '../types.ts';
import type { RowTick } from './parser.ts';
import { queryFields } from './query-fields.ts';
import { createRetry } from './retry.ts';
import type { StreamField } from './row.ts';
import type { Source } from './source.ts';
import type { Stream, StreamPlan } from './stream.ts';
import { createStreamSlots } from './stream-slots.ts';

interface StreamingOptions {
  source: Source;
  onTick(tick: RowTick): void;
  onFault(fault: Fault): void;
  /** A stream was restarted after a failure, or after the machine slept. */
  onRestart(): void;
  /** Unix milliseconds that never go back. */
  now(): number;
  patience?: Patience;
  /** The PCI bus ids of the GPUs that are awake, as the system lists them. */
  buses?(): Promise<readonly string[]>;
  survivorTimes?: Partial<SurvivorTimes> | undefined;
}

export interface Streaming {
  /** Sets what to query from now on; null: nothing. The old stream continues until the new one has given a sample. */
  want(plan: StreamPlan | null): void;
  /** Restarts at once: after the machine slept, nothing known about nvidia-smi is current. */
  restart(): void;
  /** The process of the current stream. */
  pid(): number | undefined;
  /** The GPUs that a query may include, for `-i`; null: all. */
  buses(): readonly string[] | null;
  /** Resolves after the signal, once the last child has exited. Never rejects. */
  done: Promise<void>;
}

const same = (one: StreamPlan | null, other: StreamPlan | null) =>
  one === other ||
  (one?.periodMs === other?.periodMs &&
    one?.buses?.join() === other?.buses?.join() &&
    lostIn(one).join() === lostIn(other).join());

const lostIn = (plan: StreamPlan | null) => plan?.lost?.map(({ sample }) => `${sample.uuid} ${sample.state}`) ?? [];

/** Keeps one nvidia-smi stream running as wanted, and replaces it without a gap when the plan changes. */
export function keepStreaming(options: StreamingOptions, signal: AbortSignal): Streaming {
  const { source, onFault, onRestart, now, patience = createPatience(), buses = async () => [] } = options;
  const changed = createNotifier();
  const survivors = createSurvivorsKeeper({ smi: source.command, buses, times: options.survivorTimes });
  const slots = createStreamSlots({
    smi: source.command,
    isWanted: () => wanted !== null,
    onTick(tick) {
      survivors.sampled(tick.rows);
      options.onTick(tick);
    },
    onFault(fault) {
      if (survivors.holds(fault)) changed.notify();
      else onFault(fault);
    },
    onChange: changed.notify,
    now,
    patience,
  });
  let wanted: StreamPlan | null = null;
  let restarting = false;
  let fields: StreamField[] | null = null;
  let query = new AbortController();
  const retry = createRetry();

  const failed = ({ began, ending, hasTicked }: Stream) => {
    // A driver update since then may have changed the fields, or moved the program.
    if (ending()?.exitCode === 2) fields = null;
    if (ending()?.error && source.locateAgain()) fields = null;
    onRestart();
    retry.failed(hasTicked() ? performance.now() - began : 0);
  };
  const settle = () => {
    for (const stream of slots.settle()) failed(stream);
    if (!restarting) return;
    if (slots.current() ?? slots.next()) onRestart();
    restarting = false;
    retry.reset();
    survivors.forget();
    slots.stopAll();
  };
  const negotiateFields = async (): Promise<StreamField[] | null> => {
    query = new AbortController();
    const result = await queryFields({ source, patience, onQuiet: onFault, signal: query.signal });
    if (Array.isArray(result) || result === null) return result;
    onFault(result);
    retry.failed(0);
    return null;
  };
  const askSurvivors = async (fields: readonly StreamField[], wanted: StreamPlan) => {
    query = new AbortController();
    // The stream of those that answer starts at once.
    if (await survivors.ask({ fields, wanted, onFault, signal: query.signal })) retry.now();
  };

  /** Takes one step towards the plan. Returns the milliseconds until the next step; undefined: until a change. */
  const step = async (): Promise<number | undefined> => {
    settle();
    if (!wanted) return void slots.stopAll();
    if (fields && survivors.isDue()) {
      await askSurvivors(fields, wanted);
      return 0;
    }
    const plan = survivors.plan(wanted);
    if (!same(slots.next()?.plan ?? plan, plan)) slots.dropNext();
    const current = slots.current();
    if (slots.next() || (current && same(current.plan, plan))) return survivors.waitMs();
    // At most two processes: wait for one that stops slowly.
    if (slots.stopping() + (current ? 1 : 0) > 1) return undefined;
    const wait = retry.waitMs();
    if (wait > 0) return wait;
    // Queried once, then kept for later streams.
    fields ??= await negotiateFields();
    // The plan may have changed meanwhile: the next step handles it.
    if (fields && wanted && !restarting && !signal.aborted) slots.start(survivors.plan(wanted), fields);
    return 0;
  };
  const keep = async () => {
    while (!signal.aborted) {
      const count = changed.count();
      await changed.after(count, await step());
    }
    slots.stopAll();
    while (slots.stopping() > 0) await changed.after(changed.count());
  };

  signal.addEventListener('abort', () => {
    query.abort();
    changed.notify();
  });
  return {
    want(plan) {
      if (same(plan, wanted)) return;
      wanted = plan;
      if (!plan) query.abort();
      changed.notify();
    },
    restart() {
      restarting = true;
      query.abort();
      changed.notify();
    },
    buses: () => (wanted && survivors.plan(wanted).buses) ?? null,
    pid: () => (slots.current() ?? slots.next())?.pid,
    done: keep(),
  };
}
