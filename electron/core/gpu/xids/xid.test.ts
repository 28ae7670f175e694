import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { verbatim, type Xid } from '#contract';
import { gpuDevice } from '#samples';
import { kernelMicros } from './kernel-log.ts';
import { watchXids } from './watch-xids.ts';
import { parseXid } from './xid.ts';

const fell = "NVRM: Xid (PCI:0000:0c:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.";
const stamped = (text: string, micros = kernelMicros()) => `3,100,${micros},-;${text}\n SUBSYSTEM=pci\n`;

describe('a line of the kernel log', () => {
  it('is an error of a GPU where the driver wrote it so', () => {
    expect(parseXid(fell)).toMatchObject({ pciBusId: '0000:0c:00', code: 79 });
    expect(parseXid(fell)?.sentence.text).toMatch(
      /^The GPU has fallen off the bus\. Restart .* \(pid='<unknown>', name/,
    );
    // The format of an old driver, and an unknown code.
    expect(parseXid('[ 9.1] NVRM: Xid (0000:03:00): 14, Channel 00000001')).toEqual({
      ...{ pciBusId: '0000:03:00', code: 14 },
      sentence: verbatim('(Channel 00000001)'),
    });
    // With MIG on, it names the instance too.
    expect(parseXid('NVRM: Xid (PCI:0000:65:00 GPU-I:05): 43, pid=7, name=python')).toMatchObject({
      ...{ pciBusId: '0000:65:00', code: 43 },
    });
    expect(parseXid('NVRM: Xid (PCI:0000:03:00): 14')?.sentence.code).toBe('gpu.xidUnknown');
    for (const other of ['', 'NVRM: GPU at PCI:0000:03:00: GPU-1', 'NVRM: Xid (PCI:x): 79, y', 'usb 1-1: Xid 79'])
      expect(parseXid(other)).toBeNull();
  });

  it('is untrusted, bounded and without control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 700 }), (name) => {
        const text = parseXid(`NVRM: Xid (PCI:0000:01:00): 31, pid=1, name=${name}`)?.sentence.text ?? '';
        expect(text.length).toBeLessThanOrEqual(500);
        expect(text).not.toMatch(/\p{C}/u);
      }),
      { numRuns: 30 },
    );
  });
});

describe("the kernel's log", () => {
  let folder: string;
  let stop: () => void;
  let xids: Xid[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headroom-log-'));
    stop = () => undefined;
    xids = [];
  });
  afterEach(async () => {
    stop();
    await rm(folder, { recursive: true });
  });

  const devices = [gpuDevice({ uuid: 'GPU-0' }), gpuDevice({ uuid: 'GPU-1', pciBusId: '00000000:0C:00.0' })];
  const follow = (path: string) => {
    stop = watchXids(
      path,
      () => devices,
      (list) => {
        xids = list;
      },
    );
  };

  it('is followed from its end, and each error has its GPU and time', { timeout: 60_000 }, async () => {
    const path = join(folder, 'kmsg');
    await writeFile(path, stamped(fell));
    follow(path);
    // A late old line: /dev/kmsg begins with all lines since boot.
    await appendFile(path, stamped(fell.replace('79', '13'), 1) + stamped('usb 1-1: new device') + stamped(fell));
    await vi.waitFor(() => expect(xids.length).toBe(1), 20_000);
    expect(xids).toMatchObject([{ code: 79, gpuUuid: 'GPU-1', pciBusId: '0000:0c:00' }]);
    expect(Math.abs((xids[0]?.time ?? 0) - Date.now())).toBeLessThan(10_000);

    const many = Array.from({ length: 30 }, (_, i) => stamped(fell.replace('79', String(100 + i)))).join('');
    // In two parts, as a reader may receive it.
    await appendFile(path, many.slice(0, 777));
    await appendFile(path, many.slice(777));
    await vi.waitFor(() => expect(xids.at(-1)?.code).toBe(129), 20_000);
    expect(xids.map(({ code }) => code)).toEqual(Array.from({ length: 20 }, (_, i) => 110 + i));
  });

  it.skipIf(process.platform === 'win32')(
    'may be a pipe whose writer comes and goes',
    { timeout: 60_000 },
    async () => {
      const path = join(folder, 'fifo');
      execFileSync('mkfifo', [path]);
      follow(path);
      for (const code of ['79', '95']) {
        await appendFile(path, stamped(fell.replace('79', code)));
        await vi.waitFor(() => expect(xids.at(-1)?.code).toBe(Number(code)), 20_000);
      }
    },
  );

  it('is ignored where it is unreadable', () => {
    follow(join(folder, 'absent'));
    follow(folder);
    expect(xids).toEqual([]);
  });
});
