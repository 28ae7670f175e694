import { describe, expect, it } from 'vitest';
import type { GpuPlan, Incident, MemoryGpu, Plan } from '#contract';
import { viewIncident } from './incident-parts.ts';

const gpu = (allocated: number, more: Partial<MemoryGpu> = {}): MemoryGpu => ({
  ...{ index: 0, uuid: 'GPU-0', name: 'GPU', total: 1_000, budget: 500, used: 490, context: 10, allocated },
  ...{ reserved: 480, weights: 100, kv_cache: 0, peak: 495 },
  ...more,
});
const planned = {
  index: 0,
  context: 10,
  weights: 100,
  kv_cache: 50,
  activations: 40,
  loading: 0,
  total_low: 200,
  total: 220,
};
const plan = {
  total: 220,
  gpus: [{ ...planned, budget: 150, allowed: 120, card_total: 1_000 } as GpuPlan],
} as Plan & Incident['details']['plan'];
const incident = (details: Partial<Incident['details']>) =>
  ({ details: { memory: [], plan, ...details } }) as unknown as Incident;

const bytes = (view: ReturnType<typeof viewIncident>) =>
  Object.fromEntries(view.bars[0]?.parts.map((part) => [part.name, part.bytes]) ?? []);

describe('an incident’s memory', () => {
  it('is that of the fullest sample of the run, not of one after the activations were freed', () => {
    const during = gpu(470, { kv_cache: 300 });
    const view = viewIncident(
      incident({ gpus: [gpu(120)], memory: [{ time: 9, gpus: [gpu(479)] }, ...[{ time: 11, gpus: [during] }]] }),
      10,
    );
    expect(bytes(view)).toEqual({ context: 10, weights: 100, kv: 300, activations: 70, kept: 10 });
    expect(view).toMatchObject({ measured: true, predicted: 220, peak: 495 });
    expect(view.bars[0]).toMatchObject({ room: 500, scale: 500 });
  });

  it('is that of the plan where the run was refused before anything was loaded', () => {
    const view = viewIncident(incident({ memory: [{ time: 11, gpus: [gpu(0)] }] }), 10);
    expect(bytes(view)).toEqual({ context: 10, weights: 100, kv: 50, activations: 40, kept: 20 });
    expect(view).toMatchObject({ measured: false, predicted: 220, peak: null });
    expect(view.bars[0]).toMatchObject({ room: 130, scale: 220 });
  });

  it('is that of the last sample where the worker died, and absent where there is no sample', () => {
    const view = viewIncident(incident({ plan: null, memory: [{ time: 11, gpus: [gpu(200)] }] }), 10);
    expect(bytes(view)).toMatchObject({ weights: 100, activations: 100 });
    expect(viewIncident(incident({ plan: null }), null).bars).toEqual([]);
  });

  it('tells a run that the plan stopped from one that its memory, or a limit without any room, stopped', () => {
    const refused = (kind: string, more: Partial<Incident['details']> = {}) =>
      viewIncident({ ...incident(more), kind }, null).refused;
    expect([refused('does_not_fit'), refused('offload_needs_consent')]).toEqual([true, true]);
    expect([refused('out_of_memory'), refused('does_not_fit', { plan: null })]).toEqual([false, false]);
  });
});
