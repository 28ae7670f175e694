import { readFile } from 'node:fs/promises';

/** Does this process belong to the start of the backend that carries `marker`? Where /proc is missing: unknown, so no. */
export async function carriesMarker(pid: number, marker: string | null): Promise<boolean> {
  if (marker === null) return false;
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
    return environment.split('\0').includes(`HEADROOM_MARKER=${marker}`);
  } catch {
    // Gone, or another user's: not ours in either case.
    return false;
  }
}
