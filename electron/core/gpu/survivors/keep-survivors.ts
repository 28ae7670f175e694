import { busKey } from '../polling/pci.ts';
import type { Fault } from '../smi/faults.ts';
import { querySmi } from '../smi/query-smi.ts';
import type { Row, StreamField } from '../stream/row.ts';
import type { StreamPlan } from '../stream/stream.ts';
import type { SmiCommand, SurvivorTimes } from '../types.ts';
import { findSurvivors, inOrder, mayBeOneGpu, queryArgs, rowsIn, type Survivors } from './survivors.ts';

const defaults: SurvivorTimes = { againMs: 30_000, answerMs: 30_000 };
/** A stream of the survivors that fails at once must not cause a query of each in a tight loop. */
const PAUSE_MS = 2_000;

/** By then a failure of the whole is reported, whether or not single GPUs answer later. */
const LATE_MS = 5_000;

interface Asking {
  fields: readonly StreamField[];
  wanted: StreamPlan;
  onFault(fault: Fault): void;
  signal: AbortSignal;
}

interface SurvivorsOptions {
  smi: SmiCommand;
  /** The PCI bus ids of the GPUs that are awake. */
  buses(): Promise<readonly string[]>;
  times?: Partial<SurvivorTimes> | undefined;
}

/** Follows which GPUs answer alone while nvidia-smi fails as a whole because of another one. */
export function createSurvivorsKeeper({ smi, buses, times }: SurvivorsOptions) {
  const { againMs, answerMs } = { ...defaults, ...times };
  let survivors: Survivors | null = null;
  let known: readonly Row[] = [];
  let held: Fault | null = null;
  let [notBefore, againAt] = [0, 0];

  /** Whether the whole query works again. */
  const isWhole = async (fields: readonly StreamField[], wanted: StreamPlan, signal: AbortSignal) => {
    const args = [...queryArgs(fields), ...(wanted.buses ? ['-i', wanted.buses.join(',')] : [])];
    const answer = await querySmi(smi, args, answerMs, signal);
    return answer.exitCode === 0 && rowsIn(answer.stdout, fields).length > 0;
  };
  /** Queries the lost GPUs only: the stream has the others. */
  const findAgain = async ({ answering, lost }: Survivors, fields: readonly StreamField[], signal: AbortSignal) => {
    const back = await findSurvivors({ smi, fields, known: lost, buses: [], timeoutMs: answerMs, signal });
    return back && { answering: inOrder([...answering, ...back.answering]), lost: back.lost };
  };
  const find = async (fields: readonly StreamField[], wanted: StreamPlan, signal: AbortSignal) => {
    const all = wanted.buses ?? (await buses());
    const rows = wanted.buses ? known.filter(isAmong(wanted.buses)) : known;
    return findSurvivors({ smi, fields, known: rows, buses: all, timeoutMs: answerMs, signal });
  };
  return {
    sampled(rows: readonly Row[]) {
      known = rows;
    },
    /** Handles a failure of the whole query. Returns true if it is reported only once no GPU answers alone. */
    holds(fault: Fault): boolean {
      // One of the survivors may have vanished, too.
      const isOfOne = mayBeOneGpu(fault) || (survivors !== null && fault.kind === 'no_devices');
      if (!isOfOne || performance.now() < notBefore) return false;
      held = fault;
      return true;
    },
    isDue: () => held !== null || (survivors !== null && performance.now() >= againAt),
    /** Milliseconds until the lost GPUs are queried again; undefined: none is lost. */
    waitMs: () => (survivors ? Math.max(0, againAt - performance.now()) : undefined),
    /** Queries each GPU alone, and reports the failure if none answers. Returns whether one does. Never rejects. */
    async ask({ fields, wanted, onFault, signal }: Asking): Promise<boolean> {
      const fault = held;
      held = null;
      // Each query may be slow: the failure is reported before.
      const late = setTimeout(() => fault && onFault(fault), LATE_MS);
      const before = fault === null ? survivors : null;
      const whole = before !== null && (await isWhole(fields, wanted, signal));
      const found = whole
        ? null
        : before && before.lost.length > 0
          ? ((await findAgain(before, fields, signal)) ?? before)
          : await find(fields, wanted, signal);
      clearTimeout(late);
      if (signal.aborted) return false;
      survivors = found;
      againAt = performance.now() + againMs;
      if (fault) notBefore = performance.now() + (found ? PAUSE_MS : againMs);
      if (found || whole) return true;
      if (fault) onFault(fault);
      return false;
    },
    /** The wanted plan, limited to the GPUs that answer. */
    plan(wanted: StreamPlan): StreamPlan {
      if (!survivors) return wanted;
      const { answering, lost } = survivors;
      const ids = answering.map(({ id }) => id);
      if (!wanted.buses) return { ...wanted, buses: ids, lost };
      const keys = new Set(wanted.buses.map(busKey));
      const some = ids.filter((id) => keys.has(busKey(id)));
      return some.length === 0 ? wanted : { ...wanted, buses: some, lost: lost.filter(isAmong(wanted.buses)) };
    },
    /** Forgets which GPUs answer. */
    forget() {
      survivors = null;
      held = null;
      notBefore = 0;
    },
  };
}

const isAmong = (buses: readonly string[]) => {
  const keys = new Set(buses.map(busKey));
  return ({ facts }: Row) => keys.has(busKey(facts.pciBusId ?? ''));
};
