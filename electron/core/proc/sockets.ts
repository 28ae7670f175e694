import { readdir, readFile, readlink } from 'node:fs/promises';
import { endianness } from 'node:os';
import { type ProcessInfo, pids, processOf } from './process-table.ts';

interface Listening {
  inode: string;
  host: string;
  port: number;
}

/** The addresses on which a process listens and this machine reaches it: loopback, or wildcard. Reads only /proc. */
export async function listensOn(pid: number): Promise<Listening[]> {
  const inodes = await socketsOf(pid);
  return inodes.size === 0 ? [] : (await listening()).filter(({ inode }) => inodes.has(inode));
}

/** The process that listens on this port; null where there is none, or it belongs to another user. */
export async function listenerOn(port: number): Promise<ProcessInfo | null> {
  const inodes = new Set((await listening()).filter((one) => one.port === port).map(({ inode }) => inode));
  if (inodes.size === 0) return null;
  for (const pid of await pids())
    if ([...(await socketsOf(pid))].some((inode) => inodes.has(inode))) return processOf(pid);
  return null;
}

async function listening(): Promise<Listening[]> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  return tables.flatMap(listeningIn);
}

async function socketsOf(pid: number): Promise<Set<string>> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
}

const LISTEN = '0A';

/** proc_net_tcp(5): local address, state in the fourth column, inode in the tenth. */
export function listeningIn(table: string): Listening[] {
  return table.split('\n').flatMap((line) => {
    const cells = line.trim().split(/\s+/);
    const match = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(cells[1] ?? '');
    const inode = cells[9];
    if (!match || cells[3] !== LISTEN || !inode) return [];
    const host = reachableAt(match[1] ?? '');
    return host === null ? [] : [{ inode, host, port: Number.parseInt(match[2] ?? '', 16) }];
  });
}

/** The loopback address that reaches a listener on this address; null where none does. */
function reachableAt(hex: string): string | null {
  const bytes = bytesOf(hex);
  const mapped = bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255;
  const four = mapped ? bytes.slice(12) : bytes;
  const zero = four.every((byte) => byte === 0);
  if (four.length === 4) return zero ? '127.0.0.1' : four[0] === 127 ? four.join('.') : null;
  return zero || (four.slice(0, 15).every((byte) => byte === 0) && four[15] === 1) ? '::1' : null;
}

/** The kernel prints 32-bit words in the machine's byte order. */
function bytesOf(hex: string): number[] {
  const words = hex.match(/.{8}/g) ?? [];
  return words.flatMap((word) => {
    const bytes = (word.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
    return endianness() === 'LE' ? bytes.reverse() : bytes;
  });
}
