import { access, constants, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskAnswers } from '../../base/index.ts';
import { say } from '../sentences.ts';
import { type CheckPlace, type Found, ok } from '../types.ts';

const MIB = 2 ** 20;
/** Below this a result may be lost. */
const FULL_MIB = 100;
const SCARCE_MIB = 1_024;

export interface Space {
  folder: string;
  /** Null where the folder does not exist, or its disk does not answer. */
  freeMiB: number | null;
  writable: boolean;
  silent?: boolean;
}

export async function checkDisk(place: CheckPlace): Promise<Found> {
  const [data, ...models] = await Promise.all([
    spaceOf(place.paths.folder, { orParent: true }),
    ...place.modelFolders().map((folder) => spaceOf(folder, { orParent: folder === place.paths.models })),
  ]);
  return judgeDisk(data, models);
}

/** Results and logs must be written; model folders are only read, so a full one is only listed. */
export function judgeDisk(data: Space, models: readonly Space[]): Found {
  const detail = [data, ...models].map(({ folder, freeMiB, silent }) => {
    if (silent) return say('folderSilent', { folder });
    return freeMiB === null ? say('folderMissing', { folder }) : say('folderFree', { folder, size: sizeText(freeMiB) });
  });
  const free = data.freeMiB ?? 0;
  const size = sizeText(free);
  if (data.silent) return { state: 'failed', sentence: say('dataFolderSilent', { folder: data.folder }), detail };
  if (!data.writable) return { state: 'failed', sentence: say('notWritable', { folder: data.folder }), detail };
  if (free < FULL_MIB) return { state: 'failed', sentence: say('diskFull', { size }), detail };
  if (free < SCARCE_MIB) return { state: 'warning', sentence: say('diskScarce', { size }), detail };
  const silent = models.filter((one) => one.silent).map(({ folder }) => folder);
  if (silent.length > 0)
    return { state: 'warning', sentence: say('modelFolderSilent', { folders: silent.join(', ') }), detail };
  const absent = models.filter(({ freeMiB }) => freeMiB === null).map(({ folder }) => folder);
  if (absent.length > 0)
    return { state: 'warning', sentence: say('modelFolderMissing', { folders: absent.join(', ') }), detail };
  return ok(say('disk', { size }), detail);
}

const sizeText = (mib: number) => (mib < 1_024 ? `${Math.floor(mib)} MiB` : `${(mib / 1_024).toFixed(1)} GiB`);

async function spaceOf(folder: string, { orParent }: { orParent: boolean }): Promise<Space> {
  // A dead network disk would block one of the few threads for files, and keep the doctor from exiting.
  if (!(await diskAnswers(folder))) return { folder, freeMiB: null, writable: false, silent: true };
  try {
    const { bavail, bsize } = await statfs(folder);
    const writable = await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    );
    return { folder, freeMiB: (bavail * bsize) / MIB, writable };
  } catch {
    // Not created yet: it will be on its parent's disk.
    const parent = dirname(folder);
    if (!orParent || parent === folder) return { folder, freeMiB: null, writable: false };
    return { ...(await spaceOf(parent, { orParent })), folder };
  }
}
