import type { BackendMemory, Health, Settings } from '#contract';
import type { Client } from '../backend/index.ts';
import type { ForeignStart } from '../profiles/index.ts';
import { inForce } from '../settings/index.ts';

/**
 * What is known of the current backend. The supervision of Headroom's own backend writes it, and so does the adoption of
 * one that was started by hand; every other room only reads it.
 */
export interface BackendReports {
  /** Null while no backend of ours is ready. */
  client: Client | null;
  health: Health | null;
  memory: BackendMemory | null;
  /** HEADROOM_MARKER of the current start, or of the last one: what it left behind is still recognized. */
  marker: string | null;
  /** The current start, or the last one, runs a profile's backend; null: our own. */
  foreign: ForeignStart | null;
  /** The Python of the current or last start of our own server; null before, and where a profile's backend was started. */
  python: string | null;
  /** A profile's backend is ready. It reports nothing itself. */
  foreignReady: boolean;
  /** Who asked the last ready backend to exit; null: it runs, exited by itself, or was terminated without an answer. */
  stoppedBy: 'person' | 'system' | null;
}

export const createReports = (): BackendReports => ({
  client: null,
  health: null,
  memory: null,
  marker: null,
  foreign: null,
  python: null,
  foreignReady: false,
  stoppedBy: null,
});

/** The settings that the running backend uses: as it reports them, or as a profile's backend was started with them. */
export function runningSettings({ health, foreign, foreignReady }: BackendReports): Partial<Settings> | null {
  if (health) return inForce(health.settings);
  return foreignReady ? (foreign?.settings ?? null) : null;
}
