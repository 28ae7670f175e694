import { isDeepStrictEqual } from 'node:util';
import type { GpuDevice, MigInstance } from '#contract';
import { statOf } from '../../proc/index.ts';
import { askSmi } from '../smi/query-smi.ts';
import type { SmiCommand } from '../types.ts';
import { listWords, type MigListed, migInstances, parseMigList } from './mig.ts';
import { MOST_XML, readXml, type XmlGpu, type XmlProcess } from './xml.ts';

const TIMEOUT_MS = 15_000;

/** What only `nvidia-smi -q -x` tells, as of the last look. */
export interface Details {
  processes: readonly DetailedProcess[];
  mig: readonly MigInstance[];
}

export interface DetailedProcess extends XmlProcess {
  gpuUuid: string;
  /** At the time of that look, where the system tells: a later process of that pid is another one. */
  startTime: number | null;
}

export interface DetailsOptions {
  smi: SmiCommand;
  onDetails(details: Details): void;
  signal: AbortSignal;
}

export interface DetailsLook {
  /** At each tick: asks where it is time to. */
  look(need: DetailsNeed): void;
  latest(): Details;
  /** What was known is not any more: the next tick asks at once. */
  forget(): void;
  /** Resolves when no question is under way. */
  idle(): Promise<void>;
}

export interface DetailsNeed {
  /** Of the tick, in milliseconds. */
  time: number;
  /** MIG is on, on one GPU at least. */
  mig: boolean;
  /** Somebody looks. */
  inSight: boolean;
}

const MIG_MS = 5_000;
const SELDOM_MS = 30_000;

/** `before`: what it was asked for last. Where nobody looks, only MIG is followed: its alerts and its history are. */
export function detailsAreDue({ time, mig, inSight }: DetailsNeed, before: DetailsNeed | null): boolean {
  // At once where the division of a GPU begins or ends.
  if (mig !== (before?.mig ?? false)) return true;
  if (!mig && !inSight) return false;
  return before === null || time - before.time >= (mig && inSight ? MIG_MS : SELDOM_MS);
}

const none: Details = { processes: [], mig: [] };

/** Asks for what the stream and the list of compute processes do not know. It costs more, so it is asked seldom. */
export function createDetails({ smi, onDetails, signal }: DetailsOptions): DetailsLook {
  let latest = none;
  let asked: DetailsNeed | null = null;
  let asking: Promise<void> | null = null;
  let named: { of: unknown; listed: MigListed[] } = { of: [], listed: [] };

  /** The names of MIG devices stay as long as their division does. */
  const names = async (gpus: readonly XmlGpu[]): Promise<MigListed[]> => {
    const of = gpus.flatMap(({ uuid, mig }) =>
      mig.map((one) => [uuid, one.gpuInstance, one.computeInstance, one.memoryTotalMiB]),
    );
    if (isDeepStrictEqual(of, named.of)) return named.listed;
    const answer = await askSmi(smi, listWords, TIMEOUT_MS, signal);
    const listed = answer.exitCode === 0 ? parseMigList(answer.stdout) : [];
    // Where it fails it is asked again at the next look.
    if (answer.exitCode === 0) named = { of, listed };
    return listed;
  };
  const ask = async (): Promise<Details | null> => {
    const answer = await askSmi(smi, ['-q', '-x'], TIMEOUT_MS, signal, MOST_XML);
    // A lost GPU makes it end with an error and tell of the others all the same.
    const gpus = readXml(answer.stdout);
    if (!gpus) return null;
    const [processes, listed] = await Promise.all([processesIn(gpus), names(gpus)]);
    return { processes, mig: migInstances(gpus, listed) };
  };
  const tell = (next: Details) => {
    latest = next;
    onDetails(latest);
  };
  const now = async () => {
    const before = asked;
    const next = await ask();
    // Forgotten meanwhile: this answer is of before.
    if (signal.aborted || before !== asked) return;
    // The division stays known; how full it is does not.
    tell(next ?? { ...latest, mig: latest.mig.map((one) => ({ ...one, memoryUsedMiB: null })) });
  };
  return {
    latest: () => latest,
    look(need) {
      if (asking || signal.aborted || !detailsAreDue(need, asked)) return;
      asked = need;
      asking = now().finally(() => {
        asking = null;
      });
    },
    forget() {
      asked = null;
      tell(none);
    },
    async idle() {
      await asking;
    },
  };
}

const processesIn = (gpus: readonly XmlGpu[]): Promise<DetailedProcess[]> =>
  Promise.all(
    gpus.flatMap(({ uuid: gpuUuid, processes }) =>
      processes.map(async (one) => ({ ...one, gpuUuid, startTime: (await statOf(one.pid))?.startTime ?? null })),
    ),
  );

export const hasMig = (devices: readonly GpuDevice[]) => devices.some(({ migEnabled }) => migEnabled === true);
