import { readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Swept } from '#contract';
import { ancestorsOf, identityOf, nameOf, ownProcesses, type ProcessInfo, terminateProcesses } from '../proc/index.ts';
import { deadFiles, inBoth, leftoversIn } from './decide.ts';

/** A running panel replaces a killed guardian within this time. */
const RESCAN_MS = 500;
const TIMEOUTS = { termMs: 2_000, killMs: 2_000 };
/** Processes that fork during a scan are found in the next one. */
const ROUNDS = 3;

interface SweepPlace {
  /** The data folder and its run/. */
  folder: string;
  run: string;
  platform: NodeJS.Platform;
}

/**
 * Finds leftover processes and files of earlier starts in this data folder, without touching them. Linux only: elsewhere
 * the environment and the start of another process cannot be read, so nothing is found.
 */
export async function findLeftovers(place: SweepPlace): Promise<{ processes: ProcessInfo[]; files: string[] }> {
  return { processes: await leftoversNow(place), files: await deadFilesIn(place) };
}

/** Terminates the leftover processes, and removes the files. */
export async function sweepLeftovers(place: SweepPlace): Promise<Swept> {
  const swept: Swept['processes'] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const leftovers = (await leftoversNow(place)).filter(({ pid }) => !swept.some((one) => one.pid === pid));
    if (leftovers.length === 0) break;
    swept.push(...(await terminate(leftovers)));
  }
  const files = await deadFilesIn(place);
  await Promise.all(files.map((file) => rm(file, { force: true }).catch(() => undefined)));
  return { processes: swept, files: files.length };
}

/** The leftovers that two scans find. */
async function leftoversNow({ folder, platform }: SweepPlace): Promise<ProcessInfo[]> {
  const uid = process.getuid?.();
  if (platform !== 'linux' || uid === undefined) return [];
  const place = { home: await resolved(folder), uid, protectedPids: await ancestorsOf(process.pid) };
  const scan = async () => leftoversIn(await Promise.all((await ownProcesses()).map(withHome)), place);
  const first = await scan();
  if (first.length === 0) return [];
  await sleep(RESCAN_MS);
  return inBoth(first, await scan());
}

async function terminate(processes: readonly ProcessInfo[]): Promise<Swept['processes']> {
  const survivors = await terminateProcesses(await Promise.all(processes.map(identityOf)), TIMEOUTS);
  const surviving = new Set(survivors.map(({ pid }) => pid));
  return processes.map((process) => ({ pid: process.pid, name: nameOf(process), gone: !surviving.has(process.pid) }));
}

async function deadFilesIn({ run, platform }: SweepPlace): Promise<string[]> {
  const names = platform === 'linux' ? await readdir(run).catch(() => []) : [];
  if (names.length === 0) return [];
  return deadFiles(names, await ownProcesses()).map((name) => join(run, name));
}

/** Resolves links: one folder may have several paths. */
const withHome = async (process: ProcessInfo): Promise<ProcessInfo> =>
  process.marker && process.home ? { ...process, home: await resolved(process.home) } : process;

const resolved = (folder: string) => realpath(folder).catch(() => folder);
