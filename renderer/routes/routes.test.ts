import { expect, it } from 'vitest';
import { paths, roomOf } from './routes.ts';

it('finds the room of every place', () => {
  expect(roomOf(paths.overview)).toBe('overview');
  expect(roomOf(paths.run('a/b'))).toBe('runs');
  expect(roomOf(paths.compare(['a', 'b']))).toBe('runs');
  expect(roomOf(paths.settings('alerts'))).toBe('settings');
  expect(roomOf('/nowhere')).toBe('overview');
});

it('escapes an id, which a client may choose', () => {
  expect(paths.run('a/b c')).toBe('/runs/a%2Fb%20c');
  expect(paths.compare(['a/b', 'c'])).toBe('/compare/a%2Fb/c');
});
