import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Who asks which processes belong to a start: the marker, and the pids that the backend itself told. */
export interface StartKey {
  marker: string;
  pids: readonly number[];
}

/** Does this process belong to that start? By its environment on Linux, by its parents elsewhere. */
export async function belongsTo(pid: number, key: StartKey, platform: NodeJS.Platform): Promise<boolean> {
  if (platform === 'linux') return carriesMarker(pid, key.marker);
  if (key.pids.includes(pid)) return true;
  return platform === 'win32' ? false : descends(pid, key.pids);
}

async function carriesMarker(pid: number, marker: string): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1');
    return `\0${environment}`.includes(`\0HEADROOM_MARKER=${marker}\0`);
  } catch {
    // Gone, or another user's: not ours either way.
    return false;
  }
}

async function descends(pid: number, ancestors: readonly number[]): Promise<boolean> {
  const parents = await parentTable();
  const seen = new Set<number>();
  for (let at: number | undefined = pid; at !== undefined && !seen.has(at); at = parents.get(at)) {
    if (ancestors.includes(at)) return true;
    seen.add(at);
  }
  return false;
}

async function parentTable(): Promise<Map<number, number>> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
    const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
    return new Map(rows.flatMap(([pid, parent]) => (pid && parent ? [[pid, parent]] : [])));
  } catch {
    return new Map();
  }
}
