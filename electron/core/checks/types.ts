import type { BackendState, Check, CheckFix, Sentence, Settings } from '#contract';
import type { DataPaths, Environment } from '../base/index.ts';
import type { SmiSource } from '../gpu/index.ts';
import type { Overrides } from '../settings/index.ts';

/** The result of one check. */
export interface Found {
  state: Exclude<Check['state'], 'running'>;
  sentence: Sentence;
  /** More about it, one line each. */
  detail?: Sentence[];
  fix?: CheckFix | null;
}

/** The inputs of the checks; the panel and the doctor provide them. */
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
  /** The port of this panel's running backend; null where none runs or the port is unknown. */
  ownPort(): number | null;
  /** What the backend runs with: a profile that runs a server of Headroom's has a Python and variables of its own. */
  backend(): { python: string; env: Environment };
  /** The worker of the running backend; null where none runs, or it reports none. */
  worker(): { state: NonNullable<BackendState['worker']>; error: Sentence | null } | null;
}

export const ok = (sentence: Sentence, detail: Sentence[] = []): Found => ({ state: 'ok', sentence, detail });
export const unknown = (sentence: Sentence, detail: Sentence[] = []): Found => ({ state: 'unknown', sentence, detail });

/** A command that the person runs in a terminal. */
export const copy = (label: Sentence, command: string): CheckFix => ({ label, action: 'copy', command });
