import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Environment } from '../paths.ts';

/** What identifies one start. None of it ever stands on a command line. */
export interface StartIdentity {
  /** 128 bits, hex: every process of this start carries it in its environment. */
  marker: string;
  /** 256 bits: the API's key. */
  token: string;
  portFile: string;
}

export function newIdentity(runFolder: string): StartIdentity {
  const marker = randomBytes(16).toString('hex');
  return { marker, token: randomBytes(32).toString('base64url'), portFile: join(runFolder, `${marker}.json`) };
}

/** The backend's whole environment: the settings' one (panel's variables and LBS_*), and what only a start has. */
export function startEnvironment(from: {
  /** From backendEnvironment(). */
  settings: Environment;
  identity: StartIdentity;
  /** The data folder. */
  home: string;
  /** What LBS_EMULATED_GPUS shall be; null where the GPUs are real. */
  emulatedGpus: string | null;
  terminal: 'pty' | 'pipe';
}): Record<string, string> {
  const { settings, identity, home, emulatedGpus, terminal } = from;
  const inherited = Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const { LBS_EMULATED_GPUS: _, ELECTRON_RUN_AS_NODE: __, NO_COLOR: ___, ...rest } = Object.fromEntries(inherited);
  return {
    ...rest,
    LBS_TOKEN: identity.token,
    LBS_HOST: rest.LBS_HOST ?? '127.0.0.1',
    LBS_PORT: rest.LBS_PORT ?? '0',
    HEADROOM_HOME: home,
    HEADROOM_UNDER_PANEL: '1',
    HEADROOM_PORT_FILE: identity.portFile,
    HEADROOM_MARKER: identity.marker,
    ...(emulatedGpus === null ? {} : { LBS_EMULATED_GPUS: emulatedGpus }),
    // Nothing leaves the machine, whichever library comes to think of it.
    HF_HUB_OFFLINE: '1',
    TRANSFORMERS_OFFLINE: '1',
    HF_HUB_DISABLE_TELEMETRY: '1',
    DO_NOT_TRACK: '1',
    PYTHONUTF8: '1',
    ...(terminal === 'pty' ? { TERM: 'xterm-256color' } : { TERM: 'dumb' }),
  };
}
