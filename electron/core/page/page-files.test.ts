import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readPageFile, resolveInside } from './page-files.ts';

it('never leaves the folder, whatever the path says', () => {
  const piece = fc.constantFrom('..', '%2e%2e', '/', '%2f', '%5c', 'a', '.', '%00', '%');
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const file = resolveInside('/page', `/${pieces.join('')}`);
      if (file !== null) expect(file.startsWith(`/page${sep}`) && !file.includes('/.')).toBe(true);
    }),
  );
  for (const path of ['/.env', '/%2eenv', '/%2Fa/%2E.git/x.js']) expect(resolveInside('/page', path)).toBeNull();
  expect(resolveInside('/page', '/assets/x.js')).toBe('/page/assets/x.js');
});

it('sends the compressed copy only to a reader that takes it, and where there is one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-page-'));
  await writeFile(join(folder, 'index.html'), 'plain');
  await writeFile(join(folder, 'index.html.br'), 'small');
  await writeFile(join(folder, 'icon.svg'), 'plain');
  const sent = async (path: string, brotli: boolean) => {
    const file = await readPageFile(folder, path, { brotli });
    return file && [String(file.body), file.type.split(';')[0], file.encoding];
  };
  expect(await sent('/', true)).toEqual(['small', 'text/html', 'br']);
  expect(await sent('/', false)).toEqual(['plain', 'text/html', null]);
  expect(await sent('/icon.svg', true)).toEqual(['plain', 'image/svg+xml', null]);
  expect(await sent('/index.html.br', true)).toBeNull();
  await rm(folder, { recursive: true });
});
