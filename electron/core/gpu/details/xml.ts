import { XMLParser } from 'fast-xml-parser';
import type { GpuProcess } from '#contract';
import { numberIn } from '../stream/cells.ts';
import { plausibleMiB } from '../stream/plausible.ts';

/** One GPU from `nvidia-smi -q -x`: what the stream does not report. All memory in MiB. */
export interface XmlGpu {
  uuid: string;
  memoryTotalMiB: number | null;
  memoryUsedMiB: number | null;
  mig: XmlMig[];
  processes: XmlProcess[];
}

export interface XmlMig {
  /** Among this GPU's MIG devices; null where it is not reported. */
  index: number | null;
  gpuInstance: number;
  computeInstance: number;
  memoryTotalMiB: number | null;
  memoryUsedMiB: number | null;
}

export interface XmlProcess {
  /** 0: not reported. */
  pid: number;
  name: string;
  kind: GpuProcess['kind'];
  usedMiB: number | null;
  /** Null without MIG. */
  gpuInstance: number | null;
  computeInstance: number | null;
}

/** Many times the output for eight GPUs. */
export const MAX_XML = 4 * 2 ** 20;

const END = '</nvidia_smi_log>';
const lists = new Set(['gpu', 'mig_device', 'process_info']);

const parser = new XMLParser({
  // Process names are untrusted: the parser expands no entities.
  processEntities: false,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  // Two thirds of the text, and not needed here.
  stopNodes: ['nvidia_smi_log.gpu.supported_clocks', 'nvidia_smi_log.gpu.accounted_processes'],
  isArray: (name) => lists.has(name),
});

/** Null for text that is truncated, too long, or of another kind. Never throws. */
export function parseXml(text: string): XmlGpu[] | null {
  const end = text.lastIndexOf(END);
  if (end < 0 || text.length > MAX_XML) return null;
  try {
    const log = nodeAt(parser.parse(text.slice(0, end + END.length)), 'nvidia_smi_log');
    return nodesAt(log, 'gpu').flatMap(gpuIn);
  } catch {
    return null;
  }
}

function gpuIn(node: Node): XmlGpu[] {
  const uuid = wordAt(node, 'uuid');
  // Without a uuid the GPU cannot be identified.
  if (!/^(GPU-|[\da-f]{8}-)/i.test(uuid)) return [];
  return [
    {
      uuid,
      ...memoryIn(node),
      mig: nodesAt(nodeAt(node, 'mig_devices'), 'mig_device').flatMap(migIn),
      processes: nodesAt(nodeAt(node, 'processes'), 'process_info').flatMap(processIn),
    },
  ];
}

function memoryIn(node: Node) {
  const memory = nodeAt(node, 'fb_memory_usage');
  return { memoryTotalMiB: mibAt(memory, 'total'), memoryUsedMiB: mibAt(memory, 'used') };
}

function migIn(node: Node): XmlMig[] {
  const { gpuInstance, computeInstance } = instancesIn(node);
  if (gpuInstance === null || computeInstance === null) return [];
  return [{ index: wholeAt(node, 'index'), gpuInstance, computeInstance, ...memoryIn(node) }];
}

const kinds: Record<string, XmlProcess['kind']> = { C: 'compute', G: 'graphics', 'C+G': 'both' };

function processIn(node: Node): XmlProcess[] {
  const pid = wordAt(node, 'pid') === 'N/A' ? 0 : wholeAt(node, 'pid');
  if (pid === null) return [];
  const kind = kinds[wordAt(node, 'type')] ?? null;
  // Windows prints no name for processes that it may not read.
  const name = plain(wordAt(node, 'process_name')) || '[N/A]';
  return [{ pid, name, kind, usedMiB: mibAt(node, 'used_memory'), ...instancesIn(node) }];
}

const instancesIn = (node: Node) => ({
  gpuInstance: wholeAt(node, 'gpu_instance_id'),
  computeInstance: wholeAt(node, 'compute_instance_id'),
});

type Node = Record<string, unknown>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** An empty node where there is text instead: `None`, `N/A`, `GPU is lost`. */
function nodeAt(node: unknown, name: string): Node {
  const value = isNode(node) ? node[name] : undefined;
  return isNode(value) ? value : {};
}

function nodesAt(node: Node, name: string): Node[] {
  const value = node[name];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function wordAt(node: Node, name: string): string {
  const value = node[name];
  return typeof value === 'string' ? value : '';
}

/** Null for another unit, or a reason in place of the number. */
const mibAt = (node: Node, name: string) => plausibleMiB(numberIn(/^(.+) MiB$/.exec(wordAt(node, name))?.[1]));

function wholeAt(node: Node, name: string): number | null {
  const word = wordAt(node, name);
  return /^\d{1,10}$/.test(word) ? Number(word) : null;
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Decodes the five predefined XML entities. */
const plain = (text: string) => text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name] ?? '');
