import type { AlertSettings, GpuProcess } from '#contract';
import { say } from '../sentences.ts';
import type { Finding } from '../types.ts';
import { MINUTE_MS, mib } from './gpu-rule.ts';
import { programName } from './processes.ts';

/** A process loads its model in this time; its allocations then are not growth. */
const SETTLE_MS = 5 * MINUTE_MS;
/** A list may lack a process for a moment after the stream has restarted. */
const KEPT_MS = MINUTE_MS;
/** The alert ends once this share of the growth is freed. */
const FREED = 0.5;

/** What one process held, summed over its MIG instances. */
export interface Growth {
  /** The base of its growth in MiB, and when it held that. */
  baseMiB: number;
  baseAt: number;
  /** Until then the base rises with it. */
  settledAt: number;
  /** The last list with it; null: only an earlier start of Headroom saw it. */
  heldAt: number | null;
  /** Doublings of the threshold that were reached; -1: it has not grown. Each is an alert of its own. */
  level: number;
  /** The level that was already reached when Headroom started; -1: none. */
  levelBefore: number;
  /** What it held last, in MiB. */
  usedMiB: number;
}

/** MiB that a process held at the end of the last start of Headroom, by growthKey. */
export type LastKnown = ReadonlyMap<string, { usedMiB: number; time: number }>;

export const growthKey = ({ gpuUuid, pid, startTime }: Pick<GpuProcess, 'gpuUuid' | 'pid' | 'startTime'>) =>
  `${gpuUuid} ${pid} ${startTime}`;

export const rememberedGrowth = (known: LastKnown): ReadonlyMap<string, Growth> =>
  new Map(
    [...known].map(([key, { usedMiB, time }]) => [
      key,
      { baseMiB: usedMiB, baseAt: time, settledAt: time, heldAt: null, level: -1, levelBefore: -1, usedMiB },
    ]),
  );

interface GrowthInput {
  time: number;
  /** Within the first seconds of Headroom, a process without a known start time is not new. */
  early: boolean;
  settings: AlertSettings;
}

/** Follows what the processes hold. A process that frees memory and allocates it again has not grown. */
export function followGrowth(
  before: ReadonlyMap<string, Growth>,
  list: readonly GpuProcess[],
  input: GrowthInput,
): ReadonlyMap<string, Growth> {
  const now = new Map<string, Growth>();
  for (const [key, { one, usedMiB }] of held(list)) now.set(key, follow(before.get(key) ?? null, one, usedMiB, input));
  for (const [key, growth] of before) {
    const isKept = growth.heldAt === null ? input.early : input.time - growth.heldAt < KEPT_MS;
    if (!now.has(key) && isKept) now.set(key, growth);
  }
  return now;
}

function follow(before: Growth | null, one: GpuProcess, usedMiB: number, input: GrowthInput): Growth {
  const { time, early, settings } = input;
  const fromNow = { baseMiB: usedMiB, baseAt: time, heldAt: time, usedMiB };
  if (!before) {
    const bornAt = one.since ?? (early ? time - SETTLE_MS : time);
    return { ...fromNow, settledAt: bornAt + SETTLE_MS, level: -1, levelBefore: -1 };
  }
  if (time < before.settledAt && usedMiB > before.baseMiB) return { ...before, ...fromNow };
  // Another alert reports the crossing: its allocations then are not growth.
  if (before.heldAt !== null && before.level < 0 && isCrossing(before.usedMiB, usedMiB, settings))
    return { ...before, ...fromNow, settledAt: time + SETTLE_MS };
  const level = Math.max(before.level, levelOf(usedMiB - before.baseMiB, settings.grown.growsMiB));
  return { ...before, heldAt: time, usedMiB, level, levelBefore: before.heldAt === null ? level : before.levelBefore };
}

const isCrossing = (from: number, to: number, { taken }: AlertSettings) =>
  taken.on && from <= taken.overMiB && to > taken.overMiB;

const levelOf = (grownMiB: number, growsMiB: number) =>
  grownMiB < growsMiB ? -1 : Math.floor(Math.log2(grownMiB / growsMiB));

/** One entry for each process of each GPU, without processes of unknown memory. */
export function held(list: readonly GpuProcess[]): Map<string, { one: GpuProcess; usedMiB: number }> {
  const found = new Map<string, { one: GpuProcess; usedMiB: number }>();
  for (const one of list) {
    if (one.usedMiB === null) continue;
    const key = growthKey(one);
    found.set(key, { one, usedMiB: (found.get(key)?.usedMiB ?? 0) + one.usedMiB });
  }
  return found;
}

/** The finding about a process that has grown; null where it never has. */
export function grownFinding(
  { one, usedMiB }: { one: GpuProcess; usedMiB: number },
  growth: Growth,
  about: { gpu: number | null; time: number; settings: AlertSettings },
): Finding | null {
  const { baseMiB, baseAt, level, levelBefore } = growth;
  if (level < 0) return null;
  const whileClosed = level === levelBefore;
  const { on, growsMiB } = about.settings.grown;
  const { name, user, gpu, program } = programName(one, about.gpu);
  const isFreed = usedMiB - baseMiB < growsMiB * 2 ** level * FREED;
  return {
    key: `grown ${growthKey(one)} ${level}`,
    kind: 'grown',
    gpuUuid: one.gpuUuid,
    verdict: !on || isFreed ? 'good' : 'bad',
    raiseMs: 0,
    endMs: 0,
    group: `grown ${one.gpuUuid} ${name} ${user}`,
    text() {
      const values = { fromMiB: mib(baseMiB), usedMiB: mib(usedMiB), spanMinutes: minutesSince(baseAt, about.time) };
      const facts = { gpu, program, ...values };
      return {
        level: 'warning',
        sentence: whileClosed ? say('grownWhileClosed', facts) : say('grown', facts),
        values: {
          ...(about.gpu !== null && { gpu: about.gpu }),
          ...{ name, pid: one.pid, user, ...values },
          when: whileClosed ? 'closed' : 'now',
        },
      };
    },
  };
}

const minutesSince = (from: number, to: number) => Math.max(1, Math.round((to - from) / MINUTE_MS));
