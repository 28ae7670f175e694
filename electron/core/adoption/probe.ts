import { readlink, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type FoundServer, type Health, PanelError, type SettingName, settingNames } from '#contract';
import { type Address, createClient, urlOf } from '../backend/index.ts';
import { diskAnswers } from '../base/index.ts';
import { listensOn, type ProcessInfo } from '../proc/index.ts';
import { inForce } from '../settings/index.ts';

export interface Server {
  found: Omit<FoundServer, 'dismissed'>;
  address: Address;
}

const HEALTH_MS = 1_000;

/**
 * Asks each port that the process listens on; null where none answers as our backend does. `database`: of this panel's own
 * backend.
 */
export async function probe(candidate: ProcessInfo, database: string): Promise<Server | null> {
  const { pid, startTime } = candidate;
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '/');
  for (const { host, port } of await listensOn(pid)) {
    // Without a token: the backend accepts connections of its own user. A token that it requires is not ours to read.
    const address = { host, port, token: '' };
    const answer = await askHealth(address);
    if (answer === null || (answer !== 'locked' && answer.pid !== pid)) continue;
    const details = answer === 'locked' ? unknown : await detailsOf(answer, cwd, database);
    return { address, found: { pid, startTime, url: urlOf(address), cwd, ...details } };
  }
  return null;
}

const unknown = { settings: [], sameDatabase: false, busy: false, locked: true };

async function detailsOf(health: Health, cwd: string, database: string) {
  const { state } = health.worker;
  return {
    settings: chosenIn(health, cwd),
    sameDatabase: await isSameFile(resolve(cwd, String(health.settings.LBS_DB_PATH?.value ?? '')), database),
    busy: state === 'running' || state === 'loading',
    locked: false,
  };
}

async function askHealth(address: Address): Promise<Health | 'locked' | null> {
  try {
    return await createClient(address).health(HEALTH_MS);
  } catch (error) {
    // Another program listens there, or it does not answer.
    return error instanceof PanelError && error.details?.code === 'token' ? 'locked' : null;
  }
}

const paths: readonly SettingName[] = ['LBS_DB_PATH', 'LBS_DATASETS', 'LBS_WEB_DIR'];

/** The settings that its environment sets. A relative path is relative to its working folder, not to ours. */
export function chosenIn({ settings }: Pick<Health, 'settings'>, cwd: string): FoundServer['settings'] {
  const typed = inForce(settings);
  return settingNames.flatMap((name) => {
    const value = typed[name];
    if (value === undefined || settings[name]?.source !== 'environment') return [];
    return [{ name, value: typeof value === 'string' && paths.includes(name) ? resolve(cwd, value) : value }];
  });
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  if (one === other) return true;
  const [a, b] = await Promise.all([one, other].map(resolved));
  return a === b;
}

/** Resolves links. Returns the path unchanged if its disk does not answer: that would block a thread that exit waits for. */
const resolved = async (file: string) => ((await diskAnswers(file)) ? realpath(file).catch(() => file) : file);
