import { readlink, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type FoundServer, type Health, PanelError, type SettingName, settingNames } from '#contract';
import { type Address, createClient, urlOf } from '../backend/index.ts';
import { listensOn, type Seen } from '../proc/index.ts';
import { inForce } from '../settings/index.ts';

export interface Server {
  found: FoundServer;
  address: Address;
}

const HEALTH_MS = 1_000;

/** What listens there and answers as our backend does; null where nothing does. `database`: of this panel's own backend. */
export async function probe(seen: Seen, database: string): Promise<Server | null> {
  const cwd = await readlink(`/proc/${seen.pid}/cwd`).catch(() => '/');
  for (const { host, port } of await listensOn(seen.pid)) {
    // No token: it knows connections of its own user. Where it has one, that is not ours to read.
    const address = { host, port, token: '' };
    const answer = await ask(address);
    if (answer === null || (answer !== 'locked' && answer.pid !== seen.pid)) continue;
    const about = { pid: seen.pid, startTime: seen.startTime, url: urlOf(address), cwd };
    const told = answer === 'locked' ? unknown : await tell(answer, cwd, database);
    return { address, found: { ...about, ...told } };
  }
  return null;
}

const unknown = { settings: [], sameDatabase: false, busy: false, locked: true };

async function tell(health: Health, cwd: string, database: string) {
  const { state } = health.worker;
  return {
    settings: chosenIn(health, cwd),
    sameDatabase: await isSameFile(resolve(cwd, String(health.settings.LBS_DB_PATH?.value ?? '')), database),
    busy: state === 'running' || state === 'loading',
    locked: false,
  };
}

async function ask(address: Address): Promise<Health | 'locked' | null> {
  try {
    return await createClient(address).health(HEALTH_MS);
  } catch (error) {
    // Something else listens there, or it does not answer: nothing of ours to offer.
    return error instanceof PanelError && error.details?.code === 'token' ? 'locked' : null;
  }
}

const paths: readonly SettingName[] = ['LBS_DB_PATH', 'LBS_DATASETS', 'LBS_WEB_DIR'];

/** What the person set in its environment. A relative path is meant from its folder, not from ours. */
export function chosenIn({ settings }: Pick<Health, 'settings'>, cwd: string): FoundServer['settings'] {
  const typed = inForce(settings);
  return settingNames.flatMap((name) => {
    const value = typed[name];
    if (value === undefined || settings[name]?.source !== 'environment') return [];
    return [{ name, value: typeof value === 'string' && paths.includes(name) ? resolve(cwd, value) : value }];
  });
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((file) => realpath(file).catch(() => file)));
  return a === b;
}
