import { readFile } from 'node:fs/promises';
import type { GpuProcess } from '#contract';
import type { ProcessInfo } from '../../proc/index.ts';
import { numberIn } from '../stream/cells.ts';
import { plausibleMiB } from '../stream/plausible.ts';

export const processArgs = [
  '--query-compute-apps=gpu_uuid,pid,used_gpu_memory,process_name',
  '--format=csv,noheader,nounits',
] as const;

export type Listed = Pick<GpuProcess, 'gpuUuid' | 'pid' | 'usedMiB' | 'name'>;

/** Jetson and Thor report a UUID without `GPU-`. */
const LINE = /^(GPU-\S+|MIG-\S+|[\da-f]{8}-[\da-f-]{20,}), (\d+|\[?N\/A\]?), ([^,]+),(?: (.*))?$/i;

/** Nothing is quoted, and the name comes last because it may contain the separator. */
export function parseProcesses(text: string): Listed[] {
  return text.split('\n').flatMap((line) => {
    const match = LINE.exec(line.trimEnd());
    if (!match) return [];
    const [, gpuUuid = '', pid, used, name = ''] = match;
    return [{ gpuUuid, pid: numberIn(pid) ?? 0, usedMiB: plausibleMiB(numberIn(used)), name: name || '[N/A]' }];
  });
}

const TICKS_PER_SECOND = 100;

/** The owner and the start of a process, where the system reports them (Linux, and the process is visible). */
export async function ownerAndStart(
  info: ProcessInfo | null,
): Promise<Pick<GpuProcess, 'user' | 'since' | 'startTime'>> {
  // Exited, or a pid of another namespace.
  if (!info) return { user: null, since: null, startTime: null };
  const since = Math.round(((await bootSeconds()) + info.startTime / TICKS_PER_SECOND) * 1000);
  return {
    user: await userName(info.uid),
    since: Number.isNaN(since) ? null : since,
    startTime: info.startTime,
  };
}

let boot: Promise<number> | null = null;

/** NaN where the system does not report it. Read once: it can vary by a second, and every process would seem to have a new start. */
function bootSeconds(): Promise<number> {
  boot ??= readFile('/proc/stat', 'utf8').then(
    (text) => Number(/^btime (\d+)$/m.exec(text)?.[1]),
    // Hidden from services with ProcSubset=pid, and in some sandboxes.
    () => Number.NaN,
  );
  return boot;
}

let users: Promise<Map<number, string>> | null = null;

async function userName(uid: number): Promise<string> {
  users ??= readFile('/etc/passwd', 'utf8').then(
    (text) => new Map(text.split('\n').map((line) => [Number(line.split(':')[2]), line.split(':')[0] ?? ''])),
    () => new Map(),
  );
  return (await users).get(uid) ?? String(uid);
}
