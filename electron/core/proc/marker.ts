import { readFile } from 'node:fs/promises';

/** Whether this process belongs to the backend start with `marker`; false without /proc. */
export async function carriesMarker(pid: number, marker: string | null): Promise<boolean> {
  if (marker === null) return false;
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
    return environment.split('\0').includes(`HEADROOM_MARKER=${marker}`);
  } catch {
    // Exited, or another user's: not ours in either case.
    return false;
  }
}
