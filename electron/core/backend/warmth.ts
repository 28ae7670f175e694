import type { Warm } from '#contract';
import { createForkserver } from './forkserver.ts';
import type { BackendProcess, ProcessOptions } from './process.ts';
import { createSpares } from './spares.ts';

/** What is ready before a restart is asked for: server processes that wait, and the parent of workers. */
export interface Warmth {
  /** The socket of the workers' parent, for the server's environment. */
  forkserver: string;
  /** Keeps both from now on, or lets them go. Off everywhere but on Linux: fork and thread priorities are its. */
  keep(on: boolean): void;
  takeSpare(): BackendProcess | null;
  stop(): Promise<void>;
}

export function createWarmth(
  options: () => ProcessOptions,
  platform: NodeJS.Platform,
  onState: (warm: Warm) => void,
): Warmth {
  const forkserver = createForkserver(options, onState);
  const spares = createSpares(options);
  return {
    forkserver: forkserver.path,
    keep(on) {
      if (platform !== 'linux') return;
      spares.keep(on);
      forkserver.keep(on);
    },
    takeSpare: spares.take,
    async stop() {
      await Promise.all([spares.stop(), forkserver.stop()]);
    },
  };
}
