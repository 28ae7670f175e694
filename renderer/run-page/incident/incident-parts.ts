import type { Incident, MemoryGpu } from '#contract';
import { type PlanPart, planParts, planRoom, planScale } from '../../parts/index.ts';

/** One GPU's bar at the failure, in bytes. */
interface IncidentBar {
  index: number;
  parts: PlanPart[];
  /** The bytes that the full width stands for. */
  scale: number;
  /** Where the limit line is drawn: the budget, or what a refused run could have used of it. Null: no limit was set. */
  room: number | null;
}

export interface IncidentView {
  bars: IncidentBar[];
  /** False where nothing was loaded: the bars then show what the run would have needed. */
  measured: boolean;
  /** The plan alone stopped the run. */
  refused: boolean;
  predicted: number | null;
  /** The sum of the peaks of all GPUs. */
  peak: number | null;
}

const refusals = new Set(['does_not_fit', 'offload_needs_consent']);

/** `since`: the start of the run (Unix seconds); earlier samples belong to another run. */
export function viewIncident({ kind, details }: Incident, since: number | null): IncidentView {
  const plan = details.plan ?? null;
  const refused = plan !== null && refusals.has(kind);
  const predicted = plan?.total ?? null;
  const samples = details.memory.filter(({ time }) => time >= (since ?? 0)).map(({ gpus }) => gpus);
  const last = details.gpus ?? (plan ? null : samples.at(-1));
  if (!last) {
    const bars = (plan?.gpus ?? []).map((gpu) => ({
      index: gpu.index,
      parts: planParts(gpu),
      scale: planScale(gpu),
      room: planRoom(gpu),
    }));
    return { bars, measured: false, refused, predicted, peak: null };
  }
  const fullest = last.map((gpu) => fullestOf([gpu, ...samples.flat().filter(({ uuid }) => uuid === gpu.uuid)]));
  const peak = last.reduce((sum, gpu) => sum + gpu.peak, 0);
  return { bars: fullest.map(barOf), measured: true, refused, predicted, peak };
}

/** The sample with the most memory: some of it is already freed by the time that the failure is reported. */
const fullestOf = ([first, ...rest]: [MemoryGpu, ...MemoryGpu[]]) =>
  rest.reduce((fullest, gpu) => (gpu.allocated > fullest.allocated ? gpu : fullest), first);

function barOf(gpu: MemoryGpu): IncidentBar {
  const parts: PlanPart[] = [
    { name: 'context', bytes: gpu.context },
    { name: 'weights', bytes: gpu.weights },
    { name: 'kv', bytes: gpu.kv_cache },
    { name: 'activations', bytes: Math.max(0, gpu.allocated - gpu.weights - gpu.kv_cache) },
    { name: 'kept', bytes: Math.max(0, gpu.reserved - gpu.allocated) },
  ];
  const used = parts.reduce((sum, part) => sum + part.bytes, 0);
  return { index: gpu.index, parts, scale: Math.max(used, gpu.budget ?? gpu.total, 1), room: gpu.budget };
}
