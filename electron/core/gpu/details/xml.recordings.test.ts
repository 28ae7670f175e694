import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseXml } from './xml.ts';

/** Output of real programs. It is not part of this repository: it may be beside the checkout, in it, or absent. */
const root = process.cwd();
const folder = [join(root, 'shared'), join(root, '..', 'shared')]
  .map((shared) => join(shared, 'nvidia-smi', 'xml'))
  .find((path) => existsSync(path));
if (folder === undefined) console.warn('Skipped: there are no recordings of nvidia-smi -q -x in shared/nvidia-smi.');

const read = (name: string) => readFileSync(join(folder ?? '', name), 'utf8');
const names = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.xml'));

/** A second, independent parser: no tree, only the text between two tags. */
const between = (text: string, tag: string) =>
  [...text.matchAll(new RegExp(`<${tag}(?: [^>]*)?>([\\s\\S]*?)</${tag}>`, 'g'))].map((match) => match[1] ?? '');
const first = (text: string, tag: string) => (between(text, tag)[0] ?? '').trim();
const mib = (text: string) => (/^\d+ MiB$/.test(text) ? Number.parseInt(text, 10) : null);
const instance = (text: string) => (/^\d+$/.test(text) ? Number(text) : null);
const kinds = new Map([
  ['C', 'compute'],
  ['G', 'graphics'],
  ['C+G', 'both'],
]);

function memoryIn(block: string) {
  const memory = first(block, 'fb_memory_usage');
  return { memoryTotalMiB: mib(first(memory, 'total')), memoryUsedMiB: mib(first(memory, 'used')) };
}
const instancesIn = (block: string) => ({
  gpuInstance: instance(first(block, 'gpu_instance_id')),
  computeInstance: instance(first(block, 'compute_instance_id')),
});

/** The GPUs of a recording by the second parser. */
const plainly = (text: string) =>
  text
    .split('<gpu id=')
    .slice(1)
    .map((block) => ({
      uuid: first(block, 'uuid'),
      // Its MIG devices have their own values.
      ...memoryIn(block.replace(/<mig_devices>[\s\S]*<\/mig_devices>/, '')),
      mig: between(block, 'mig_device').map((one) => ({
        index: instance(first(one, 'index')),
        ...instancesIn(one),
        ...memoryIn(one),
      })),
      processes: between(first(block, 'processes'), 'process_info').map((one) => ({
        pid: Number(first(one, 'pid')),
        name: first(one, 'process_name') || '[N/A]',
        kind: kinds.get(first(one, 'type')) ?? null,
        usedMiB: mib(first(one, 'used_memory')),
        ...instancesIn(one),
      })),
    }));

describe.skipIf(folder === undefined)('recordings of nvidia-smi -q -x', () => {
  it('exist for drivers from 384 to 595', () => {
    expect(names.length).toBeGreaterThanOrEqual(19);
  });

  it.each(names)('%s is parsed as its text says', (name) => {
    const text = read(name);
    const gpus = parseXml(text);
    expect(gpus).toEqual(plainly(text));
    expect(gpus?.length).toBe(text.match(/<gpu id=/g)?.length);
    expect(gpus?.flatMap(({ processes }) => processes).length).toBe(text.match(/<process_info>/g)?.length ?? 0);
    expect(gpus?.flatMap(({ mig }) => mig).length).toBe(text.match(/<mig_device>/g)?.length ?? 0);
  });

  it('has no values of a lost GPU, or of one that the driver hardly knows', () => {
    const [well, lost] = parseXml(read('k8stest-mock-gb200-lost.xml')) ?? [];
    expect(well).toMatchObject({ memoryTotalMiB: 196_608, memoryUsedMiB: 0 });
    expect(lost).toMatchObject({ memoryTotalMiB: null, memoryUsedMiB: null, processes: [], mig: [] });
    expect(parseXml(read('pai-outdated_gpu.xml'))).toMatchObject([{ memoryTotalMiB: null, processes: [] }]);
  });

  it('keeps the order of the text, and the processes of each of eight cards', () => {
    const order = (parseXml(read('pai-out_of_order.xml')) ?? []).map(({ uuid }) => uuid.slice(0, 12));
    expect(order).toEqual(['GPU-c3b26f7a', 'GPU-b01b80eb', 'GPU-30bc2701', 'GPU-3341aba2']);
    const eight = parseXml(read('datakit-gtx-8card.xml')) ?? [];
    expect(eight.map(({ processes }) => processes.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(eight[0]?.processes[0]).toMatchObject({ pid: 37_305, name: 'python', kind: 'compute', usedMiB: 31_683 });
  });

  it('is unreadable wherever it is truncated', () => {
    const text = read('telegraf-a100-sxm4-v12.xml').trimEnd();
    for (let at = 0; at < text.length; at += 97) expect(parseXml(text.slice(0, at)), `at ${at}`).toBeNull();
  });
});
