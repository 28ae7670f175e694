import type { Warm } from '#contract';
import type { ProcessOptions } from '../launch/process.ts';
import { createForkserver, type WarmParent } from './forkserver.ts';

/** What is ready before a restart is asked for: a parent of servers and one of workers. */
export interface Warmth {
  /** What a server is started with, to find them. */
  env: Record<string, string>;
  /** A server can be forked now. */
  serverIsWarm(): boolean;
  /** Keeps both from now on, or lets them go. Off everywhere but on Linux: fork and thread priorities are its. */
  keep(on: boolean): void;
  stop(): Promise<void>;
}

export const noWarmth: Warm = { state: 'off', rssMiB: null, seconds: null, message: null };

export function createWarmth(
  options: () => ProcessOptions,
  platform: NodeJS.Platform,
  onState: (warm: Warm) => void,
): Warmth {
  const states: Record<'server' | 'worker', WarmParent | null> = { server: null, worker: null };
  const parent = (kind: 'server' | 'worker') =>
    createForkserver(kind, options, (state) => {
      states[kind] = state;
      onState(together(states.server, states.worker));
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

/** As warm as the colder of the two. */
function together(server: WarmParent | null, worker: WarmParent | null): Warm {
  const both = [server, worker].filter((one) => one !== null);
  const state = (['failed', 'warming'] as const).find((word) => both.some((one) => one.state === word));
  return {
    state: state ?? (both.length === 2 ? 'warm' : both.length === 1 ? 'warming' : 'off'),
    rssMiB: both.reduce((sum, one) => sum + (one.rssMiB ?? 0), 0),
    seconds: worker?.seconds ?? null,
    message: both.find((one) => one.message)?.message ?? null,
  };
}
