import type { ProtectionReason } from '#contract';
import { isDisplayServer, type ProcessInfo, programOf } from '../../proc/index.ts';
import type { Listed } from './parse-processes.ts';

export interface About {
  /** From nvidia-smi. */
  listed: Pick<Listed, 'name'>;
  /** From /proc; null where it is unavailable, or where the local process is another one. */
  info: Pick<ProcessInfo, 'args'> | null;
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
  return guarded ? 'other_panel' : null;
}
