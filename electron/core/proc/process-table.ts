import { readdir, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';

/** One process as /proc shows it (Linux); `startTime` in ticks since boot: with the pid, what no later process shares. */
export interface Seen {
  pid: number;
  startTime: number;
  parent: number;
  uid: number;
  /** The command line. */
  words: readonly string[];
  /** The kernel's short name for it. */
  comm: string;
  /** Of its environment, as far as we may read it: what Headroom gives to its own. */
  marker: string | null;
  home: string | null;
  underPanel: boolean;
  /** The sockets on which it asks for a fork. */
  forkservers: readonly string[];
}

const forkservers = ['HEADROOM_FORKSERVER', 'HEADROOM_SERVER_FORKSERVER'];

/** Null for one that is gone, or dead and not yet collected: it holds nothing any more. */
export async function processOf(pid: number): Promise<Seen | null> {
  // Its start comes first: should the pid change hands meanwhile, the rest is of one that is never signalled.
  const found = await statOf(pid);
  if (!found) return null;
  const [uid, words, environment] = await Promise.all([ownerOf(pid), partsOf(pid, 'cmdline'), environmentOf(pid)]);
  if (uid === null) return null;
  return {
    ...{ pid, uid, words, ...found },
    marker: environment.get('HEADROOM_MARKER') ?? null,
    home: environment.get('HEADROOM_HOME') ?? null,
    underPanel: environment.get('HEADROOM_UNDER_PANEL') === '1',
    forkservers: forkservers.flatMap((name) => environment.get(name) ?? []),
  };
}

/** This user's processes; none where there is no /proc. Those of others, most of a machine's, cost one look each. */
export async function ownProcesses(): Promise<Seen[]> {
  const me = process.getuid?.();
  const found = await Promise.all(
    (await pids()).map(async (pid) => ((await ownerOf(pid)) === me ? processOf(pid) : null)),
  );
  return found.filter((process) => process !== null);
}

/** A process and all that led to it. */
export async function lineOf(pid: number): Promise<Set<number>> {
  const line = new Set<number>();
  for (let at: number | undefined = pid; at && !line.has(at); at = (await statOf(at))?.parent) line.add(at);
  return line;
}

export async function pids(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Field 22 of proc_pid_stat(5); null once it is gone or dead. */
export async function startTimeOf(pid: number): Promise<number | null> {
  return (await statOf(pid))?.startTime ?? null;
}

/** The command line alone: cheap enough for every process of the machine. */
export const wordsOf = (pid: number) => partsOf(pid, 'cmdline');

/** The words that follow one of that name, whatever its folder. */
export const after = (words: readonly string[], name: string) =>
  words.filter((_, i) => i > 0 && basename(words[i - 1] ?? '') === name);

export const nameOf = ({ words, comm }: Pick<Seen, 'words' | 'comm'>) =>
  [basename(words[0] ?? comm), ...words.slice(1)].join(' ').slice(0, 100);

/** One small file; null once it is gone or dead. */
export async function statOf(pid: number): Promise<Pick<Seen, 'startTime' | 'parent' | 'comm'> | null> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (line === null) return null;
  // Counted behind the name, which may hold spaces and parentheses.
  const end = line.lastIndexOf(')');
  const fields = line.slice(end + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return { startTime: Number(fields[19]), parent: Number(fields[1]), comm: line.slice(line.indexOf('(') + 1, end) };
}

/** Its user's number; null once it is gone. */
export const ownerOf = (pid: number) =>
  stat(`/proc/${pid}`).then(
    ({ uid }) => uid,
    () => null,
  );

async function partsOf(pid: number, file: 'cmdline' | 'environ'): Promise<string[]> {
  // Empty where we may not read it.
  const text = await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  return text.replace(/\0+$/, '').split('\0').filter(Boolean);
}

async function environmentOf(pid: number): Promise<Map<string, string>> {
  const entries = await partsOf(pid, 'environ');
  return new Map(entries.map((entry) => [entry.split('=', 1)[0] ?? '', entry.slice(entry.indexOf('=') + 1)]));
}
