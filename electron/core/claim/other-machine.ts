import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../base/index.ts';

/*
 * A home on NFS: a socket of another machine refuses every connection, as that of a dead panel does. So a panel also
 * keeps a file with the name of its machine, and touches it for as long as it runs.
 */

const recordSchema = z.object({ host: z.string(), boot: z.string().nullable(), pid: z.number().int() });
type OtherMachine = z.infer<typeof recordSchema>;

const TOUCH_MS = 20_000;
/** A panel that has not touched its file for this long has been killed. */
const STALE_MS = 90_000;

/** Identifies the running kernel, across the containers on it; null where there is no /proc. */
const bootId = () =>
  readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (text) => text.trim(),
    () => null,
  );

const fileIn = (run: string) => join(run, 'panel.host');

/** The panel that runs on this folder on another machine; null where there is none. */
export async function panelElsewhere(run: string): Promise<OtherMachine | null> {
  const text = await readFile(fileIn(run), 'utf8').catch(() => '');
  const { data } = recordSchema.safeParse(parseJson(text));
  // On this machine the socket says whether it is alive.
  if (!data || data.host === hostname() || (data.boot !== null && data.boot === (await bootId()))) return null;
  const touched = await stat(fileIn(run)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return (await diskTime(run)) - touched < STALE_MS ? data : null;
}

/**
 * Marks this machine's panel as running. Returns a function that removes the mark. A disk that keeps no files only
 * disables this protection.
 */
export async function announceMachine(run: string): Promise<() => Promise<void>> {
  const record: OtherMachine = { host: hostname(), boot: await bootId(), pid: process.pid };
  const file = fileIn(run);
  const write = () => writeFile(file, `${JSON.stringify(record)}\n`, { mode: 0o600 }).catch(() => undefined);
  await write();
  // A write: the time of utimes would be this machine's.
  const timer = setInterval(() => void write(), TOUCH_MS).unref();
  return async () => {
    clearInterval(timer);
    await rm(file, { force: true }).catch(() => undefined);
  };
}

/** The time by the clock of the file's disk: the clocks of two machines differ. */
async function diskTime(run: string): Promise<number> {
  const probe = join(run, `.clock-${process.pid}`);
  try {
    await writeFile(probe, '', { mode: 0o600 });
    return (await stat(probe)).mtimeMs;
  } catch {
    return Date.now();
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}
