import { expect, it } from 'vitest';
import { addressWith, tokenOf } from './gate.tsx';

it('takes a token alone or within the address', () => {
  expect(tokenOf(' abc123 ')).toBe('abc123');
  expect(tokenOf('http://127.0.0.1:5173/?token=abc123#/runs')).toBe('abc123');
  expect(tokenOf('http://127.0.0.1:5173/')).toBeNull();
  expect(tokenOf('')).toBeNull();
});

it('keeps the place that a link names', () => {
  expect(addressWith('t', 'http://127.0.0.1:1/?gpu=2#/runs/a')).toBe('http://127.0.0.1:1/?gpu=2&token=t#/runs/a');
});
