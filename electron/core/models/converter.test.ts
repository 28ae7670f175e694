import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createConverter } from './converter.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-convert-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A converter whose Python is this script. */
async function running(script: string) {
  const python = join(folder, 'python');
  await writeFile(python, `#!${process.execPath}\n${script}`);
  await chmod(python, 0o755);
  return createConverter({ python: () => python, pythonFolder: folder, env: process.env });
}

const sentence = { code: 'lbs.models.gguf_old', values: { file: '/m.gguf' }, text: '/m.gguf is old.' };

describe.skipIf(process.platform === 'win32')('the converter', () => {
  it('passes on what a file becomes, and the new folder', async () => {
    const converter = await running(`
      const [, , , module, option, file] = process.argv;
      if (module !== 'lbs.convert') process.exit(1);
      console.log(JSON.stringify(option === '--about'
        ? { convertible: false, sentence: ${JSON.stringify(sentence)} }
        : { folder: file + '-made' }));`);
    expect(await converter.about('/m.gguf')).toEqual({ convertible: false, sentence });
    expect(await converter.convert('/m')).toBe('/m-made');
  });

  it('passes on a refusal in its own words, and what a crash printed last', async () => {
    const refusing = await running(`console.log(JSON.stringify({ sentence: ${JSON.stringify(sentence)} }));`);
    await expect(refusing.convert('/m.gguf')).rejects.toMatchObject({ code: 'refused', sentence });
    const crashing = await running(`console.error('Traceback\\nMemoryError'); process.exit(1);`);
    await expect(crashing.convert('/m.gguf')).rejects.toThrow('ended early (MemoryError)');
    const missing = createConverter({ python: () => join(folder, 'none'), pythonFolder: folder, env: {} });
    await expect(missing.convert('/m.gguf')).rejects.toThrow('ENOENT');
  });

  it('ends a conversion that is cancelled by closing its input', async () => {
    const converter = await running(`process.stdin.on('end', () => process.exit(143)).resume();`);
    const conversion = converter.convert('/m.gguf');
    setTimeout(converter.cancel, 50);
    await expect(conversion).rejects.toMatchObject({ sentence: { code: 'models.conversionCancelled' } });
  });
});
