import type { Warm } from '#contract';
import type { ProcessOptions } from '../launch/process.ts';
import { createForkserver, type WarmParent } from './forkserver.ts';

/** The warm parents that make a restart fast: one for servers, one for workers. */
interface WarmParents {
  /** The environment variables by which a server finds them. */
  env: Record<string, string>;
  /** Whether a server can be forked now. */
  serverIsWarm(): boolean;
  /** Starts or stops both. Linux only: it needs fork and thread priorities. */
  keep(on: boolean): void;
  stop(): Promise<void>;
}

export const noWarmParents: Warm = { state: 'off', rssMiB: null, seconds: null, sentence: null };

export function createWarmParents(
  options: () => ProcessOptions,
  platform: NodeJS.Platform,
  onState: (warm: Warm) => void,
): WarmParents {
  const states: Record<'server' | 'worker', WarmParent | null> = { server: null, worker: null };
  const parent = (kind: 'server' | 'worker') =>
    createForkserver(kind, options, (state) => {
      states[kind] = state;
      onState(combined(states.server, states.worker));
    });
  const server = parent('server');
  const worker = parent('worker');
  return {
    env: { HEADROOM_SERVER_FORKSERVER: server.path, HEADROOM_FORKSERVER: worker.path },
    serverIsWarm: () => states.server?.state === 'warm',
    keep(on) {
      if (platform !== 'linux') return;
      server.keep(on);
      worker.keep(on);
    },
    async stop() {
      await Promise.all([server.stop(), worker.stop()]);
    },
  };
}

/** The state of the less ready one. */
function combined(server: WarmParent | null, worker: WarmParent | null): Warm {
  const both = [server, worker].filter((one) => one !== null);
  const state = (['failed', 'warming'] as const).find((word) => both.some((one) => one.state === word));
  return {
    state: state ?? (both.length === 2 ? 'warm' : both.length === 1 ? 'warming' : 'off'),
    rssMiB: both.reduce((sum, one) => sum + (one.rssMiB ?? 0), 0),
    seconds: worker?.seconds ?? null,
    sentence: both.find((one) => one.sentence)?.sentence ?? null,
  };
}
