import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

type IncidentKind = 'out_of_memory' | 'crash';

const KEPT = 100;
const KEPT_BYTES = 50 * 2 ** 20;
let last = 0;

/** A name that sorts by time, and its time; unique within the process. */
export function nextName(kind: IncidentKind): { id: string; time: number } {
  last = Math.max(Date.now(), last + 1);
  return { id: `${new Date(last).toISOString().replaceAll(/[:.]/g, '-')}-${kind}`, time: last };
}

/** The time in a name; null where the name is not ours. */
export function timeOf(id: string): number | null {
  const found = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3})Z-/.exec(id);
  const time = found ? Date.parse(`${found[1]}:${found[2]}:${found[3]}.${found[4]}Z`) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}

/** Newest first. */
export async function idsIn(folder: string, kind: IncidentKind): Promise<string[]> {
  // The folder does not exist before the first incident.
  const names = await readdir(folder).catch(() => []);
  const ids = names.filter((name) => name.endsWith(`-${kind}.json`)).map((name) => name.slice(0, -'.json'.length));
  return ids
    .filter((id) => timeOf(id) !== null)
    .sort()
    .reverse();
}

/** Removes the oldest files beyond the limits; the newest stays, however large. */
export async function prune(folder: string, kind: IncidentKind, kept = KEPT, keptBytes = KEPT_BYTES): Promise<void> {
  let bytes = 0;
  for (const [place, id] of (await idsIn(folder, kind)).entries()) {
    const file = join(folder, `${id}.json`);
    // A file that was removed meanwhile takes no space.
    bytes += await stat(file).then(
      ({ size }) => size,
      () => 0,
    );
    if (place > 0 && (place >= kept || bytes > keptBytes)) await rm(file, { force: true });
  }
}
