import { access, constants, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type CheckPlace, type Found, ok } from '../types.ts';

const MIB = 2 ** 20;
/** Below this a result may not be kept. */
const FULL_MIB = 100;
const SCARCE_MIB = 1_024;

export interface Space {
  folder: string;
  /** Null where the folder is not there. */
  freeMiB: number | null;
  writable: boolean;
}

export async function checkDisk(place: CheckPlace): Promise<Found> {
  const [data, ...models] = await Promise.all([
    spaceOf(place.paths.folder, { orParent: true }),
    ...place.modelFolders().map((folder) => spaceOf(folder, { orParent: folder === place.paths.models })),
  ]);
  return judgeDisk(data, models);
}

/** Results and logs must be written; a model folder is only read, so that a full one is no more than worth knowing. */
export function judgeDisk(data: Space, models: readonly Space[]): Found {
  const detail = [data, ...models].map(({ folder, freeMiB }) => `${folder}: ${sizeText(freeMiB)}`).join('\n');
  const free = data.freeMiB ?? 0;
  if (!data.writable)
    return {
      state: 'failed',
      sentence: `${data.folder} may not be written to: mend its owner, or set HEADROOM_HOME.`,
      detail,
    };
  if (free < FULL_MIB)
    return { state: 'failed', sentence: `${sizeText(free)} for results and logs: free some space.`, detail };
  if (free < SCARCE_MIB) return { state: 'warning', sentence: `Only ${sizeText(free)} for results and logs.`, detail };
  const absent = models.filter(({ freeMiB }) => freeMiB === null).map(({ folder }) => folder);
  if (absent.length > 0)
    return { state: 'warning', sentence: `A model folder is not there: ${absent.join(', ')}.`, detail };
  return ok(`${sizeText(free)} for results and logs.`, detail);
}

const sizeText = (mib: number | null) =>
  mib === null ? 'not there' : mib < 1_024 ? `${Math.floor(mib)} MiB free` : `${(mib / 1_024).toFixed(1)} GiB free`;

async function spaceOf(folder: string, { orParent }: { orParent: boolean }): Promise<Space> {
  try {
    const { bavail, bsize } = await statfs(folder);
    const writable = await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    );
    return { folder, freeMiB: (bavail * bsize) / MIB, writable };
  } catch {
    // Not made yet: it will lie on its parent's disk.
    const parent = dirname(folder);
    if (!orParent || parent === folder) return { folder, freeMiB: null, writable: false };
    return { ...(await spaceOf(parent, { orParent })), folder };
  }
}
