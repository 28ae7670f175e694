import type { Attention, CommandHandlers, PanelState, StreamName } from '#contract';
import type { Environment, PanelStream } from '../base/index.ts';
import type { GpuMonitorOptions } from '../gpu/index.ts';
import type { ScanProcess } from '../models/index.ts';

export interface ControlPlaneOptions {
  env: Environment;
  platform: NodeJS.Platform;
  /** The person's home folder. */
  home: string;
  shell: 'desktop' | 'serve';
  version: string;
  /** The folder that holds python/ and assets/. */
  resources: string;
  /** The folder for sockets and port files, where it is not run/ of the data folder. */
  runFolder?: string | null;
  /** Starts a process that searches for models, where that is not a process of Node. */
  scanProcess?: () => ScanProcess;
  /** Only where the shell can show a folder dialog. */
  pickFolder?: () => Promise<string | null>;
  /** Only where the shell has a window: closes it, then stops the panel. */
  close?: () => void;
  /** Polling intervals in milliseconds that replace the defaults; for benchmarks. */
  periods?: GpuMonitorOptions['periods'];
}

/** What a page follows. */
export interface PanelFeed {
  state(): PanelState;
  /** Called with each new state; returns a function that unsubscribes. */
  onState(listener: (state: PanelState) => void): () => void;
  /** The attention level of this page; null: it is closed. */
  attend(page: symbol, level: Attention | null): void;
  stream<N extends StreamName>(name: N): PanelStream<N>;
}

/** The one object that a shell hosts. */
export interface ControlPlane extends PanelFeed {
  handlers: CommandHandlers;
  /** Starts telemetry and the backend; resolves when both are starting, not when the backend is ready. */
  start(): Promise<void>;
  /** The window is asked to close. True: it stays open, and a person decides on the page about the run in progress. */
  askToClose(): boolean;
  /**
   * Stops everything that was started; resolves when nothing of it is left. A run in progress is stopped where a person
   * decided it, and interrupted otherwise; both can be resumed.
   */
  stop(by?: 'person' | 'system'): Promise<void>;
}
