import { readFile } from 'node:fs/promises';
import type { GpuProcess } from '#contract';

type Container = NonNullable<GpuProcess['container']>;

const ID_CHARS = 12;
const MAX_CHARS = 64 * 1024;

/** By the prefix of the group's name: `docker-<id>.scope` with systemd, `libpod-<id>` without. */
const runtimes: Record<string, string> = {
  docker: 'docker',
  libpod: 'podman',
  'cri-containerd': 'containerd',
  nerdctl: 'containerd',
  crio: 'cri-o',
};

/** The container of a process; null where it runs in none, or the system does not report it. */
export async function containerOf(pid: number): Promise<Container | null> {
  return containerIn(await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => ''));
}

/** The innermost container that a line of /proc/PID/cgroup (v1 or v2) names. */
export function containerIn(text: string): Container | null {
  for (const line of text.slice(0, MAX_CHARS).split('\n')) {
    // hierarchy:controllers:path; the path may contain colons.
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
  return id && runtime ? { runtime, id: id.slice(0, ID_CHARS) } : null;
}

/** `/docker/<id>`, `/kubepods/besteffort/pod.../<id>`: a group above it may name the runtime. */
function bare(groups: readonly string[], at: number): Container | null {
  const id = groups[at] ?? '';
  if (!/^[0-9a-f]{64}$/.test(id)) return null;
  const above = groups.slice(0, at);
  const runtime = above.includes('docker')
    ? 'docker'
    : above.some((group) => group.startsWith('kubepods'))
      ? 'kubernetes'
      : 'container';
  return { runtime, id: id.slice(0, ID_CHARS) };
}

/** `/lxc/<name>`, `/lxc.payload.<name>`: a person chose the name, so it is not shortened like an id. */
function lxc(groups: readonly string[], at: number): Container | null {
  const group = groups[at] ?? '';
  const name = /^lxc\.payload\.(.+)$/.exec(group)?.[1] ?? (groups[at - 1] === 'lxc' ? group : '');
  return name ? { runtime: 'lxc', id: name.slice(0, 64) } : null;
}
