import { basename, win32 } from 'node:path';
import type { SparedReason } from '#contract';
import { drawsScreen, type Seen } from '../../proc/index.ts';
import type { Listed } from './parse-processes.ts';

export interface About {
  /** By nvidia-smi. */
  listed: Pick<Listed, 'name'>;
  /** By /proc; null where it is not there. */
  seen: Pick<Seen, 'words' | 'comm'> | null;
  /** Of this user. */
  mine: boolean;
  /** Of the backend that we started. */
  ours: boolean;
  /** The panel, what it started, and what led to it. */
  panel: boolean;
  /** Its start has a living guardian: a panel watches it. */
  guarded: boolean;
}

/** Why a process on a GPU is not ended from here; null where the person may end it. */
export function sparedBecause({ listed, seen, mine, ours, panel, guarded }: About): SparedReason | null {
  if (drawsScreen(programOf(listed.name)) || drawsScreen(seen?.words[0] ?? '')) return 'screen';
  if (ours) return 'backend';
  if (!seen) return 'unknown';
  if (!mine) return 'other_user';
  if (panel) return 'panel';
  if (guarded) return 'other_panel';
  // In a container nvidia-smi tells the host's pids: the same number may be somebody else in here.
  return isSame(listed.name, seen) ? null : 'unknown';
}

const isSame = (name: string, { words, comm }: Pick<Seen, 'words' | 'comm'>) =>
  [basename(words[0] ?? ''), basename((words[0] ?? '').split(' ')[0] ?? ''), comm].includes(programOf(name));

/** The program of a name as nvidia-smi tells it: with its folder, and words behind it where the process has set them. */
function programOf(name: string): string {
  // Of Windows it is the path alone, and that may hold spaces.
  return /^[A-Za-z]:\\/.test(name) ? win32.basename(name) : basename(name.split(' ')[0] ?? '');
}
