import { readdir, readFile, readlink } from 'node:fs/promises';

/** A process, as far as /proc shows it to us. */
export interface Seen {
  pid: number;
  name: string;
  environment: ReadonlySet<string>;
  words: readonly string[];
}

const read = (file: string) => readFile(file, 'utf8').catch(() => '');

/** Every process; the environment is empty where we may not read it. None where there is no /proc. */
export async function allProcesses(): Promise<Seen[]> {
  return Promise.all((await pids()).map(look));
}

async function pids(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

export async function look(pid: number): Promise<Seen> {
  const [name, environment, words] = await Promise.all(
    ['comm', 'environ', 'cmdline'].map((file) => read(`/proc/${pid}/${file}`)),
  );
  const parts = (text = '') => text.split('\0').filter(Boolean);
  return { pid, name: name?.trim() || `pid ${pid}`, environment: new Set(parts(environment)), words: parts(words) };
}

/** Who listens on this TCP port, where the system tells: another user's process stays unknown. */
export async function listenerOn(port: number): Promise<Seen | null> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(read));
  const sockets = new Set(tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return null;
  for (const pid of await pids()) if (await holds(pid, sockets)) return look(pid);
  return null;
}

/** proc_net_tcp(5): local address, state 0A for listening, inode in the tenth column. */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((line) => {
    const cells = line.trim().split(/\s+/);
    return cells[1]?.endsWith(suffix) && cells[3] === '0A' && cells[9] ? [cells[9]] : [];
  });
}

async function holds(pid: number, sockets: ReadonlySet<string>): Promise<boolean> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return targets.some((target) => sockets.has(target));
}
