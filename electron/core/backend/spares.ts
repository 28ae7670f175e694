import { type BackendProcess, type ProcessOptions, startProcess } from './process.ts';

/** Two, so that a second restart right after the first finds one while its successor still imports. */
const KEPT = 2;
const FAILED_WAIT_MS = 30_000;

export interface Spares {
  /** Keeps some ready from now on, or lets all of them go. */
  keep(on: boolean): void;
  /** One that waits already: whoever takes it owns it. Null where there is none, since a start of one's own is quicker then. */
  take(): BackendProcess | null;
  /** Resolves when nothing of them is left. */
  stop(): Promise<void>;
}

/** Server processes that have imported everything, hold no port and no settings yet, and wait. POSIX only: on a named pipe. */
export function createSpares(options: () => ProcessOptions): Spares {
  const waiting: BackendProcess[] = [];
  let wanted = false;
  let starting: Promise<void> | null = null;
  let notBefore = 0;

  const fill = () => {
    if (!wanted || starting || waiting.length >= KEPT || Date.now() < notBefore) return;
    starting = add().finally(() => {
      starting = null;
      fill();
    });
  };
  const add = async () => {
    const begun = Date.now();
    const spare = await startProcess(options(), 'spare').catch(() => null);
    if (!spare) {
      notBefore = begun + FAILED_WAIT_MS;
      return;
    }
    waiting.push(spare);
    void spare.exit.then(() => lost(spare, begun));
    if (!wanted) await empty();
  };
  /** One that ended while it waited: killed by somebody, or its Python is broken, which a real start will tell. */
  const lost = (spare: BackendProcess, begun: number) => {
    const place = waiting.indexOf(spare);
    if (place === -1) return;
    waiting.splice(place, 1);
    void spare.release();
    if (Date.now() - begun < FAILED_WAIT_MS) notBefore = Date.now() + FAILED_WAIT_MS;
    fill();
  };
  const empty = async () => {
    const all = waiting.splice(0);
    await Promise.all(all.map((spare) => spare.release()));
  };

  return {
    keep(on) {
      wanted = on;
      if (on) fill();
      else void empty();
    },
    take() {
      const place = waiting.findIndex((spare) => spare.waits());
      return place === -1 ? null : (waiting.splice(place, 1)[0] ?? null);
    },
    async stop() {
      wanted = false;
      await starting;
      await empty();
    },
  };
}
