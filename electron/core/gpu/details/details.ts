import { isDeepStrictEqual } from 'node:util';
import type { GpuDevice, MigInstance } from '#contract';
import { statOf } from '../../proc/index.ts';
import { querySmi } from '../smi/query-smi.ts';
import type { SmiCommand } from '../types.ts';
import { listArgs, type MigListed, migInstances, parseMigList } from './mig.ts';
import { MAX_XML, parseXml, type XmlGpu, type XmlProcess } from './xml.ts';

/** It takes half a second for eight GPUs, and far longer on a busy machine. */
const TIMEOUT_MS = 30_000;

/** What only `nvidia-smi -q -x` reports, as of the last query. */
export interface Details {
  processes: readonly DetailedProcess[];
  mig: readonly MigInstance[];
}

export interface DetailedProcess extends XmlProcess {
  gpuUuid: string;
  /** At the time of the query, where the system reports it: a later process with that pid is another one. */
  startTime: number | null;
}

interface DetailsOptions {
  smi: SmiCommand;
  onDetails(details: Details): void;
  signal: AbortSignal;
}

export interface DetailsQuery {
  /** Called at each sample: queries where it is due. */
  refresh(need: DetailsNeed): void;
  latest(): Details;
  /** Discards the details: the next sample queries at once. */
  forget(): void;
  /** Resolves when no query is in progress. */
  idle(): Promise<void>;
}

export interface DetailsNeed {
  /** The sample's time in milliseconds. */
  time: number;
  /** MIG is on on at least one GPU. */
  mig: boolean;
  /** A page is visible. */
  inSight: boolean;
}

const MIG_MS = 5_000;
const RARELY_MS = 30_000;

/** `before`: the need at the last query. While no page is visible, only MIG is queried, for its alerts and history. */
export function detailsAreDue({ time, mig, inSight }: DetailsNeed, before: DetailsNeed | null): boolean {
  // At once when MIG is switched on or off.
  if (mig !== (before?.mig ?? false)) return true;
  if (!mig && !inSight) return false;
  return before === null || time - before.time >= (mig && inSight ? MIG_MS : RARELY_MS);
}

const none: Details = { processes: [], mig: [] };

/** Queries what the stream and the list of compute processes do not report. It costs more, so it is rare. */
export function createDetails({ smi, onDetails, signal }: DetailsOptions): DetailsQuery {
  let latest = none;
  let queriedFor: DetailsNeed | null = null;
  let querying: Promise<void> | null = null;
  let named: { of: unknown; listed: MigListed[] } = { of: [], listed: [] };

  /** The names of MIG devices hold while the instances do. */
  const names = async (gpus: readonly XmlGpu[]): Promise<MigListed[]> => {
    const of = gpus.flatMap(({ uuid, mig }) =>
      mig.map((one) => [uuid, one.gpuInstance, one.computeInstance, one.memoryTotalMiB]),
    );
    if (isDeepStrictEqual(of, named.of)) return named.listed;
    const answer = await querySmi(smi, listArgs, TIMEOUT_MS, signal);
    const listed = answer.exitCode === 0 ? parseMigList(answer.stdout) : [];
    // A failure is retried with the next query.
    if (answer.exitCode === 0) named = { of, listed };
    return listed;
  };
  const query = async (): Promise<Details | null> => {
    const answer = await querySmi(smi, ['-q', '-x'], TIMEOUT_MS, signal, MAX_XML);
    // With a lost GPU it exits with an error, but reports the others.
    const gpus = parseXml(answer.stdout);
    if (!gpus) return null;
    const [processes, listed] = await Promise.all([processesIn(gpus), names(gpus)]);
    return { processes, mig: migInstances(gpus, listed) };
  };
  const report = (next: Details) => {
    latest = next;
    onDetails(latest);
  };
  const run = async () => {
    const before = queriedFor;
    const next = await query();
    // The details were discarded meanwhile: this answer is out of date.
    if (signal.aborted || before !== queriedFor) return;
    // After a failure the instances stay known; their memory does not.
    report(next ?? { ...latest, mig: latest.mig.map((one) => ({ ...one, memoryUsedMiB: null })) });
  };
  return {
    latest: () => latest,
    refresh(need) {
      if (querying || signal.aborted || !detailsAreDue(need, queriedFor)) return;
      queriedFor = need;
      querying = run().finally(() => {
        querying = null;
      });
    },
    forget() {
      queriedFor = null;
      report(none);
    },
    async idle() {
      await querying;
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
