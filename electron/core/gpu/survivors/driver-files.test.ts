import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { identityAt } from './driver-files.ts';

it('names a GPU that nvidia-smi cannot query, as far as the driver knows it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'headroom-driver-'));
  try {
    const information = (uuid: string) =>
      `Model: \t\t NVIDIA GeForce RTX 3090\nIRQ:   \t\t 172\nGPU UUID: \t ${uuid}\n`;
    await mkdir(join(root, '0000:c1:00.0'));
    await writeFile(join(root, '0000:c1:00.0', 'information'), information('GPU-1a'));
    await mkdir(join(root, '0000:02:00.0'));
    await writeFile(join(root, '0000:02:00.0', 'information'), information('GPU-????????-????'));
    const name = 'NVIDIA GeForce RTX 3090';
    for (const bus of ['00000000:C1:00.0', '0000:c1:00.0'])
      expect(await identityAt(bus, root)).toEqual({ name, uuid: 'GPU-1a' });
    expect(await identityAt('0000:02:00.0', root)).toEqual({ name, uuid: null });
    for (const none of ['0000:03:00.0', '[N/A]', '../..'])
      expect(await identityAt(none, root)).toEqual({ name: null, uuid: null });
  } finally {
    await rm(root, { recursive: true });
  }
});
