import { readFileSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The one folder that holds everything Headroom writes: HEADROOM_HOME, else the platform's folder for application data.
 * Absolute, because the backend runs in another working directory and is given the same folder.
 */
export function dataFolder(env: Environment, platform: NodeJS.Platform, home: string): string {
  const path = platform === 'win32' ? win32 : posix;
  if (env.HEADROOM_HOME) return path.resolve(env.HEADROOM_HOME);
  if (platform === 'win32') return path.join(env.APPDATA || path.join(home, 'AppData', 'Roaming'), 'Headroom');
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'Headroom');
  // The XDG specification: a relative XDG_DATA_HOME is invalid and is ignored.
  const xdg = env.XDG_DATA_HOME && path.isAbsolute(env.XDG_DATA_HOME) ? env.XDG_DATA_HOME : null;
  return path.join(xdg ?? path.join(home, '.local', 'share'), 'headroom');
}

/** Every name under the data folder, in one place; python/lbs/settings/paths.py knows the same ones. */
export function dataPaths(folder: string, platform: NodeJS.Platform = process.platform) {
  const { join } = platform === 'win32' ? win32 : posix;
  return {
    folder,
    settings: join(folder, 'settings.json'),
    panel: join(folder, 'panel.json'),
    /** Backends that are not ours. */
    profiles: join(folder, 'profiles.json'),
    /** The alert settings. */
    alerts: join(folder, 'alerts.json'),
    /** Saved views of the runs. */
    views: join(folder, 'views.json'),
    /** When the inbox was last read. */
    inbox: join(folder, 'inbox.json'),
    /** Backends started by hand whose banner was dismissed. */
    adoption: join(folder, 'adoption.json'),
    /** How long the steps of a start usually take. */
    starts: join(folder, 'starts.json'),
    /** The Python that was chosen for the backend. */
    python: join(folder, 'python.json'),
    /** The environment that the panel made. */
    environment: join(folder, 'environment'),
    /** The polling intervals. */
    polling: join(folder, 'polling.json'),
    /** What of the first run is done. */
    firstRun: join(folder, 'first-run.json'),
    results: join(folder, 'results.db'),
    datasets: join(folder, 'datasets.json'),
    logs: join(folder, 'logs'),
    backendLog: join(folder, 'logs', 'backend.log'),
    models: join(folder, 'models'),
    toyModel: join(folder, 'models', 'tiny-llama'),
    incidents: join(folder, 'incidents'),
    /** Samples, events and processes over time. */
    history: join(folder, 'history'),
    recordings: join(folder, 'recordings'),
    /** Mode 0700: holds port files. */
    run: join(folder, 'run'),
    /** Cached traces and the ledger of plans. */
    plans: join(folder, 'plans'),
    emulator: join(folder, 'emulator'),
    emulatorHeld: join(folder, 'emulator', 'held'),
  } as const;
}

export type DataPaths = ReturnType<typeof dataPaths>;

/** The interpreter of a virtual environment. */
export function pythonIn(folder: string, platform: NodeJS.Platform = process.platform): string {
  const inside = platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  return (platform === 'win32' ? win32 : posix).join(folder, ...inside);
}

/** The Python that runs the backend: HEADROOM_PYTHON, else the chosen one, else the environment that setup created. */
export function backendPython(from: {
  env: Environment;
  platform: NodeJS.Platform;
  pythonFolder: string;
  chosen: string | null;
}): string {
  const { env, platform, pythonFolder, chosen } = from;
  return env.HEADROOM_PYTHON || chosen || pythonIn(join(platform)(pythonFolder, '.venv'), platform);
}

const join = (platform: NodeJS.Platform) => (platform === 'win32' ? win32 : posix).join;

const chosenSchema = z.object({ chosen: z.string().nullable() });

/** The interpreter that python.json names; null where it names none, or cannot be read. */
export function chosenPython(file: string): string | null {
  try {
    return chosenSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).chosen;
  } catch {
    // Absent, or damaged: its store renames it and says so.
    return null;
  }
}
