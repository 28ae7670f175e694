import type { Check, CheckFix, Settings } from '#contract';
import type { DataPaths, Environment } from '../base/index.ts';
import type { SmiSource } from '../gpu/index.ts';
import type { Overrides } from '../settings/index.ts';

/** What one check found. */
export interface Found {
  state: Exclude<Check['state'], 'running'>;
  sentence: string;
  detail?: string | null;
  fix?: CheckFix | null;
}

/** What the checks look at; the panel and the doctor fill it in. */
export interface CheckPlace {
  env: Environment;
  platform: NodeJS.Platform;
  /** The backend's Python, and the folder of server.py. */
  python: string;
  pythonFolder: string;
  /** The folder that holds python/ and package.json. */
  root: string;
  paths: DataPaths;
  smi: SmiSource;
  desired(): Settings;
  overrides(): Overrides;
  modelFolders(): readonly string[];
  /** The port of the backend that is running under this panel; null where none is, or nobody knows. */
  ownPort(): number | null;
}

export const ok = (sentence: string, detail: string | null = null): Found => ({ state: 'ok', sentence, detail });
export const unknown = (sentence: string, detail: string | null = null): Found => ({
  state: 'unknown',
  sentence,
  detail,
});
export const copy = (label: string, command: string): CheckFix => ({ label, action: 'copy', command });
