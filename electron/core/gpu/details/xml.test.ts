import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_XML, parseXml } from './xml.ts';

const log = (inner: string, head = '') => `<?xml version="1.0" ?>\n${head}<nvidia_smi_log>${inner}</nvidia_smi_log>\n`;
const gpu = (inner: string, uuid = 'GPU-a') => `<gpu id="0"><uuid>${uuid}</uuid>${inner}</gpu>`;
const process = (name: string, more = '') =>
  `<processes><process_info><pid>7</pid><type>C</type><process_name>${name}</process_name>${more}</process_info></processes>`;

describe('nvidia-smi -q -x', () => {
  it('assigns a process to its MIG instance', () => {
    const device = `<mig_devices><mig_device><index>0</index><gpu_instance_id>3</gpu_instance_id>
      <compute_instance_id>0</compute_instance_id><fb_memory_usage><total>19968 MiB</total><used>N/A</used>
      </fb_memory_usage></mig_device></mig_devices>`;
    const at = '<gpu_instance_id>3</gpu_instance_id><compute_instance_id>0</compute_instance_id>';
    expect(parseXml(log(gpu(device + process('x', `${at}<used_memory>12 MiB</used_memory>`))))).toEqual([
      {
        ...{ uuid: 'GPU-a', memoryTotalMiB: null, memoryUsedMiB: null },
        mig: [{ index: 0, gpuInstance: 3, computeInstance: 0, memoryTotalMiB: 19_968, memoryUsedMiB: null }],
        processes: [{ pid: 7, name: 'x', kind: 'compute', usedMiB: 12, gpuInstance: 3, computeInstance: 0 }],
      },
    ]);
  });

  it('has no values in other units or in words', () => {
    for (const used of ['12', '12 GiB', 'N/A', 'GPU is lost', '1e3 MiB', ' MiB', ''])
      expect(
        parseXml(log(gpu(process('x', `<used_memory>${used}</used_memory>`))))?.[0]?.processes[0]?.usedMiB,
      ).toBeNull();
  });

  it('keeps a name as it is, and expands no entities', () => {
    const nameOf = (text: string) => parseXml(text)?.[0]?.processes[0]?.name;
    expect(nameOf(log(gpu(process('a &amp;amp; &lt;b&gt; &#65;'))))).toBe('a &amp; <b> &#65;');
    const laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>\n';
    expect(nameOf(log(gpu(process('&b; &a;')), laughs))).toBe('&b; &a;');
    expect(nameOf(log(gpu(process(''))))).toBe('[N/A]');
  });

  it('skips a GPU without a uuid and a process without a pid', () => {
    expect(parseXml(log(gpu('', 'GPU is lost') + gpu('<processes>N/A</processes>')))).toMatchObject([
      { processes: [] },
    ]);
    const nameless = '<processes><process_info><pid>-1</pid></process_info><process_info/></processes>';
    expect(parseXml(log(gpu(nameless)))).toMatchObject([{ processes: [] }]);
  });

  it('is unreadable where the text is of another kind, or too long', () => {
    for (const text of ['', 'NVIDIA-SMI has failed', '<html></html>', '</nvidia_smi_log>'])
      expect(parseXml(text) ?? [], text).toEqual([]);
    expect(parseXml(log(gpu(' '.repeat(MAX_XML))))).toBeNull();
    expect(parseXml(log(gpu('<a>'.repeat(100_000))))).toBeNull();
  });

  it('never throws, and never reports more than the text can hold', () => {
    const words = ['gpu', 'uuid', 'processes', 'process_info', 'pid', 'mig_devices', '__proto__', 'constructor'];
    const tag = fc.constantFrom(...words).chain((name) => fc.constantFrom(`<${name}>`, `</${name}>`, `<${name}/>`));
    const piece = fc.oneof(tag, fc.string(), fc.constantFrom('GPU-1', '12', '<![CDATA[', '<!--', '<!DOCTYPE [', '&x;'));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = log(pieces.join(''));
        const found = parseXml(text) ?? [];
        expect(found.length).toBeLessThanOrEqual(pieces.length);
        for (const one of found) expect(one.uuid.startsWith('GPU-')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
