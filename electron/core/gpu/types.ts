import type { GpuProcess, Telemetry, Tick } from '#contract';
import type { Environment } from '../paths.ts';

/** How to start one nvidia-smi (or what stands in for it): `args` come before nvidia-smi's own. */
export interface SmiCommand {
  command: string;
  args: readonly string[];
  /** The whole environment of the child. */
  env: Environment;
}

export interface SmiSource {
  source: Telemetry['source'];
  /** The executable as a person would name it. */
  path: string | null;
  /** Null where there is nothing that could be asked. */
  command: SmiCommand | null;
}

export interface GpuMonitorOptions {
  /** What to ask: from locateSmi(). */
  smi: SmiSource;
  /** Does this process belong to the backend that we started? */
  isOurs?: (pid: number) => boolean | Promise<boolean>;
  /** What a process that is ours is to the backend, by what the backend told; null: by its own words. */
  roleOf?: (pid: number) => GpuProcess['role'];
  /** Milliseconds between two ticks. */
  periodMs?: number;
  /** Milliseconds between two looks at the processes. */
  processesMs?: number;
}

export interface GpuMonitor {
  /** Begins to watch; whatever fails is told through telemetry() and tried again. Never throws. */
  start(): void;
  /** Ends every child and resolves when all are gone. */
  stop(): Promise<void>;
  /** Every tick as it arrives; `ours` is null in each sample. Returns the way to stop listening. */
  onTick(listener: (tick: Tick) => void): () => void;
  /** Called whenever telemetry() has changed. */
  onTelemetry(listener: (telemetry: Telemetry) => void): () => void;
  /** Immutable; a new object after each change. */
  telemetry(): Telemetry;
  /** Asks now, past the regular look. Fails with a PanelError (`not_ready`) where nvidia-smi does not answer. */
  processesNow(): Promise<GpuProcess[]>;
}
