import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { root } from '../fixtures/panel.ts';

const assets = join(root, 'out', 'renderer', 'assets');
const files = readdirSync(assets);
const chunk = (name: string) => files.find((file) => new RegExp(`^${name}-[\\w-]{8}\\.js$`).test(file)) ?? '';

/** A chunk with all that it imports; what it loads later, by `import()`, is not part of it. */
function withImports(roots: readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = [...roots];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const source = readFileSync(join(assets, file), 'utf8');
    open.push(...[...source.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)].map(([, name = '']) => name));
  }
  return found;
}

const kilobytes = (chunks: Set<string>) =>
  [...chunks].reduce((sum, file) => sum + gzipSync(readFileSync(join(assets, file))).length, 0) / 1_000;

it('loads less than 300 KB of JavaScript until the figures of the GPUs show, gzipped', () => {
  const first = withImports([chunk('index'), chunk('overview')]);
  expect(first.size).toBeGreaterThan(5);
  expect(kilobytes(first)).toBeLessThan(300);
});
