import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

/** An arrow from one room to another, with the import that draws it. */
interface Arrow {
  from: string;
  to: string;
  by: string;
}

const sourcesIn = (area: string): string[] =>
  readdirSync(join(root, area), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));

/** A room is a folder directly under the area; a file there is a room of its own. Type imports count too. */
function arrowsIn(area: string): Arrow[] {
  const roomOf = (file: string) => relative(join(root, area), file).split(sep)[0] ?? '';
  const isInside = (file: string) => file.startsWith(join(root, area) + sep);
  return sourcesIn(area).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.tsx?)'/g)]
      .map(([, specifier]) => join(dirname(file), specifier ?? ''))
      .filter((target) => isInside(target) && roomOf(target) !== roomOf(file))
      .map((target) => ({
        from: roomOf(file),
        to: roomOf(target),
        by: `${relative(root, file)} -> ${relative(root, target)}`,
      })),
  );
}

/** Every arrow between rooms that reach each other, directly or through others. */
function circular(arrows: readonly Arrow[]): Arrow[] {
  const reaches = (from: string, to: string, visited = new Set<string>()): boolean => {
    if (from === to) return true;
    if (visited.has(from)) return false;
    visited.add(from);
    return arrows.some((arrow) => arrow.from === from && reaches(arrow.to, to, visited));
  };
  return arrows.filter(({ from, to }) => reaches(to, from));
}

it.each(['electron/core', 'renderer'])('no rooms of %s depend on each other in a circle', (area) => {
  const arrows = arrowsIn(area);
  expect(arrows.length).toBeGreaterThan(50);
  expect(circular(arrows).map(({ by }) => by)).toEqual([]);
});

it('finds a circle of any length', () => {
  const arrow = (from: string, to: string): Arrow => ({ from, to, by: `${from} -> ${to}` });
  const arrows = [arrow('a', 'b'), arrow('b', 'c'), arrow('c', 'a'), arrow('c', 'd')];
  expect(circular(arrows).map(({ by }) => by)).toEqual(['a -> b', 'b -> c', 'c -> a']);
});
