import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { basename } from 'node:path';

/** One process from /proc (Linux). `startTime` is in ticks since boot; with the pid it identifies the process. */
export interface ProcessInfo {
  pid: number;
  startTime: number;
  parent: number;
  uid: number;
  /** The command line. */
  args: readonly string[];
  /** The kernel's short name. */
  comm: string;
  /** From its environment, as far as it is readable: what Headroom sets for its processes. */
  marker: string | null;
  home: string | null;
  underPanel: boolean;
  /** The sockets of the fork servers that it uses. */
  forkservers: readonly string[];
}

const forkservers = ['HEADROOM_FORKSERVER', 'HEADROOM_SERVER_FORKSERVER'];

/** Null for a process that has exited, zombies included: they hold no memory. */
export async function processOf(pid: number): Promise<ProcessInfo | null> {
  // The start comes first: if the pid is reused meanwhile, the rest belongs to a process that is never signalled.
  const found = await statOf(pid);
  if (!found) return null;
  const [uid, args, environment] = await Promise.all([ownerOf(pid), partsOf(pid, 'cmdline'), environmentOf(pid)]);
  if (uid === null) return null;
  return {
    pid,
    uid,
    args,
    ...found,
    marker: environment.get('HEADROOM_MARKER') ?? null,
    home: environment.get('HEADROOM_HOME') ?? null,
    underPanel: environment.get('HEADROOM_UNDER_PANEL') === '1',
    forkservers: forkservers.flatMap((name) => environment.get(name) ?? []),
  };
}

/** This user's processes; none without /proc. Each process of another user costs one stat. */
export async function ownProcesses(): Promise<ProcessInfo[]> {
  const me = process.getuid?.();
  const found = await Promise.all(
    (await pids()).map(async (pid) => ((await ownerOf(pid)) === me ? processOf(pid) : null)),
  );
  return found.filter((process) => process !== null);
}

/** A process and its ancestors. */
export async function ancestorsOf(pid: number): Promise<Set<number>> {
  const found = new Set<number>();
  for (let at: number | undefined = pid; at && !found.has(at); at = (await statOf(at))?.parent) found.add(at);
  return found;
}

export async function pids(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Field 22 of proc_pid_stat(5); null once it has exited. */
export async function startTimeOf(pid: number): Promise<number | null> {
  return (await statOf(pid))?.startTime ?? null;
}

/** The command line alone: cheap enough for every process of the machine. */
export const argsOf = (pid: number) => partsOf(pid, 'cmdline');

/** The path of the program that runs, with symbolic links followed; null where it may not be read. */
export const executableOf = (pid: number): Promise<string | null> =>
  readlink(`/proc/${pid}/exe`).then(
    (path) => path.replace(/ \(deleted\)$/, ''),
    () => null,
  );

/** The arguments that follow one with this file name, whatever its folder. */
export const argumentsAfter = (args: readonly string[], name: string) =>
  args.filter((_, i) => i > 0 && basename(args[i - 1] ?? '') === name);

/** The program with its arguments, at most 100 characters. */
export const nameOf = ({ args, comm }: Pick<ProcessInfo, 'args' | 'comm'>) =>
  [basename(args[0] ?? comm), ...args.slice(1)].join(' ').slice(0, 100);

/** Reads one small file; null once the process has exited. */
export async function statOf(pid: number): Promise<Pick<ProcessInfo, 'startTime' | 'parent' | 'comm'> | null> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (line === null) return null;
  // Fields are counted after the name, which may contain spaces and parentheses.
  const end = line.lastIndexOf(')');
  const fields = line.slice(end + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return { startTime: Number(fields[19]), parent: Number(fields[1]), comm: line.slice(line.indexOf('(') + 1, end) };
}

/** The uid of its owner; null once it has exited. */
export const ownerOf = (pid: number) =>
  stat(`/proc/${pid}`).then(
    ({ uid }) => uid,
    () => null,
  );

async function partsOf(pid: number, file: 'cmdline' | 'environ'): Promise<string[]> {
  // Empty where it is not readable.
  const text = await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  return text.replace(/\0+$/, '').split('\0').filter(Boolean);
}

async function environmentOf(pid: number): Promise<Map<string, string>> {
  const entries = await partsOf(pid, 'environ');
  return new Map(entries.map((entry) => [entry.split('=', 1)[0] ?? '', entry.slice(entry.indexOf('=') + 1)]));
}
