import type { Alert, Attention, CommandHandlers, PanelState, StreamName } from '#contract';
import type { Environment, PanelStream } from '../base/index.ts';
import type { GpuMonitorOptions } from '../gpu/index.ts';

export interface ControlPlaneOptions {
  env: Environment;
  platform: NodeJS.Platform;
  /** The person's home folder. */
  home: string;
  shell: 'desktop' | 'serve';
  version: string;
  /** The folder that holds python/ and assets/. */
  resources: string;
  /** Only where the shell can ask for a folder. */
  pickFolder?: () => Promise<string | null>;
  /** Milliseconds between two ticks by need, where not the usual ones: for measuring. */
  periods?: GpuMonitorOptions['periods'];
}

/** The one object that a shell hosts. */
export interface ControlPlane {
  handlers: CommandHandlers;
  state(): PanelState;
  /** Called with each new state; returns the way to stop listening. */
  onState(listener: (state: PanelState) => void): () => void;
  /** An alert that is to be told on the desktop now; returns the way to stop listening. */
  onAlert(listener: (alert: Alert) => void): () => void;
  /** How much this page is looked at; null: it is gone. */
  attend(page: symbol, level: Attention | null): void;
  stream<N extends StreamName>(name: N): PanelStream<N>;
  /** Starts watching and the backend; resolves when both are under way, not when the backend is ready. */
  start(): Promise<void>;
  /** Ends everything that was started; resolves when nothing of it is left. */
  stop(): Promise<void>;
}
