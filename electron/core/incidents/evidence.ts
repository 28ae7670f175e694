import { release } from 'node:os';
import type { BackendMemory, CrashReport, Health } from '#contract';
import { type BackendLog, plainLines } from '../backend/index.ts';
import type { GpuMonitor } from '../gpu/index.ts';
import type { History } from '../history/index.ts';
import type { SettingsStore } from '../settings/index.ts';

/** The time before an incident that its evidence covers. */
const EVIDENCE_MS = 60_000;
const EVIDENCE_CHARACTERS = 65_536;

export type Evidence = Pick<CrashReport, 'versions' | 'settings' | 'memory' | 'output'>;

/** The evidence now: settings in force, memory as the backend and nvidia-smi report it, versions, the last output. */
export function evidenceNow(from: {
  version: string;
  platform: NodeJS.Platform;
  settings: SettingsStore;
  history: History;
  monitor: Pick<GpuMonitor, 'telemetry'>;
  log: BackendLog;
  health: Health | null;
  memory: BackendMemory | null;
}): Evidence {
  const { settings, health, memory } = from;
  const { devices, processes } = from.monitor.telemetry();
  return {
    versions: {
      headroom: from.version,
      backend: health?.version ?? null,
      python: health?.python ?? null,
      torch: health?.torch ?? null,
      cuda: health?.cuda ?? null,
      driver: devices[0]?.driverVersion ?? null,
      node: process.versions.node,
      system: `${from.platform} ${release()} ${process.arch}`,
    },
    settings: { desired: settings.desired(), running: health?.settings ?? null, overrides: settings.overrides() },
    memory: {
      limits: health?.limits ?? [],
      backend: memory,
      ticks: [...from.history.ticks(Date.now() - EVIDENCE_MS)],
      processes,
    },
    output: plainLines(from.log.tail().slice(-EVIDENCE_CHARACTERS)),
  };
}
