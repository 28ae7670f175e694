import { basename } from 'node:path';
import type { ProtectionReason } from '#contract';
import { isDisplayServer, type ProcessInfo, programOf } from '../../proc/index.ts';
import type { Listed } from './parse-processes.ts';

export interface About {
  /** From nvidia-smi. */
  listed: Pick<Listed, 'name'>;
  /** From /proc; null where it is unavailable. */
  info: Pick<ProcessInfo, 'args' | 'comm'> | null;
  /** It belongs to this user. */
  mine: boolean;
  /** It belongs to the backend that this panel started. */
  ours: boolean;
  /** The panel itself, its ancestors and descendants. */
  panel: boolean;
  /** Its start has a living guardian: a panel watches it. */
  guarded: boolean;
}

/** Why Headroom does not terminate a process on a GPU; null where the person may terminate it. */
export function protectionOf({ listed, info, mine, ours, panel, guarded }: About): ProtectionReason | null {
  if (isDisplayServer(programOf(listed.name)) || isDisplayServer(info?.args[0] ?? '')) return 'screen';
  if (ours) return 'backend';
  if (!info) return 'unknown';
  if (!mine) return 'other_user';
  if (panel) return 'panel';
  if (guarded) return 'other_panel';
  // In a container nvidia-smi reports the host's pids: the same number may be another process in here.
  return isSame(listed.name, info) ? null : 'unknown';
}

const isSame = (name: string, { args, comm }: Pick<ProcessInfo, 'args' | 'comm'>) =>
  [basename(args[0] ?? ''), basename((args[0] ?? '').split(' ')[0] ?? ''), comm].includes(programOf(name));
