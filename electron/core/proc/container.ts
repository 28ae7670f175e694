import { readFile } from 'node:fs/promises';
import type { GpuProcess } from '#contract';

type Container = NonNullable<GpuProcess['container']>;

const SHOWN = 12;
const MOST_CHARS = 64 * 1024;

/** What a group's name begins with, in `docker-<id>.scope` as systemd has it or `libpod-<id>` without systemd. */
const runtimes: Record<string, string> = {
  docker: 'docker',
  libpod: 'podman',
  'cri-containerd': 'containerd',
  nerdctl: 'containerd',
  crio: 'cri-o',
};

/** The container that a process runs in; null where it runs in none, or the system does not tell. */
export async function containerOf(pid: number): Promise<Container | null> {
  return containerIn(await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => ''));
}

/** From the lines of /proc/PID/cgroup, of version 1 and 2: the innermost container that one of them names. */
export function containerIn(text: string): Container | null {
  for (const line of text.slice(0, MOST_CHARS).split('\n')) {
    // hierarchy:controllers:path, and the path may hold colons.
    const path = /^\d+:[^:]*:(.*)$/.exec(line)?.[1];
    const found = path === undefined ? null : inPath(path.split('/'));
    if (found) return found;
  }
  return null;
}

function inPath(groups: readonly string[]): Container | null {
  for (let at = groups.length - 1; at >= 0; at -= 1) {
    const found = named(groups[at] ?? '') ?? bare(groups, at) ?? lxc(groups, at);
    if (found) return found;
  }
  return null;
}

/** `docker-<id>.scope`, `libpod-<id>`; containerd under systemd and version 1: `kubepods-...slice:cri-containerd:<id>`. */
function named(group: string): Container | null {
  const [, prefix = '', id] = /(?:^|:)([a-z-]+)[-:]([0-9a-f]{64})(?:\.scope)?$/.exec(group) ?? [];
  const runtime = Object.hasOwn(runtimes, prefix) ? runtimes[prefix] : undefined;
  return id && runtime ? { runtime, id: id.slice(0, SHOWN) } : null;
}

/** `/docker/<id>`, `/kubepods/besteffort/pod.../<id>`: whose it is stands above it, if anywhere. */
function bare(groups: readonly string[], at: number): Container | null {
  const id = groups[at] ?? '';
  if (!/^[0-9a-f]{64}$/.test(id)) return null;
  const above = groups.slice(0, at);
  const runtime = above.includes('docker')
    ? 'docker'
    : above.some((group) => group.startsWith('kubepods'))
      ? 'kubernetes'
      : 'container';
  return { runtime, id: id.slice(0, SHOWN) };
}

/** `/lxc/<name>`, `/lxc.payload.<name>`: a person gave the name, so that it is not cut to what is shown of a number. */
function lxc(groups: readonly string[], at: number): Container | null {
  const group = groups[at] ?? '';
  const name = /^lxc\.payload\.(.+)$/.exec(group)?.[1] ?? (groups[at - 1] === 'lxc' ? group : '');
  return name ? { runtime: 'lxc', id: name.slice(0, 64) } : null;
}
