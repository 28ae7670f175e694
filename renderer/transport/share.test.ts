import fc from 'fast-check';
import { expect, it } from 'vitest';
import { share } from './share.ts';

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const json = fc.jsonValue().map((value) => copy(value));

it('keeps the value of the next, whatever came before', () => {
  fc.assert(
    fc.property(json, json, (before, next) => {
      expect(share(before, copy(next))).toEqual(next);
    }),
  );
});

it('returns the same object where nothing changed', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(share(value, copy(value))).toBe(value);
    }),
  );
});

it('keeps the identity of each part that did not change', () => {
  const before = { devices: [{ uuid: 'a' }, { uuid: 'b' }], settings: { limit: 0.8 }, revision: 1 };
  const next = share(before, { ...copy(before), devices: [{ uuid: 'a' }, { uuid: 'c' }], revision: 2 });
  expect(next).not.toBe(before);
  expect(next.settings).toBe(before.settings);
  expect(next.devices).not.toBe(before.devices);
  expect(next.devices[0]).toBe(before.devices[0]);
});

it('tells an absent key from an undefined one, and a list from an object', () => {
  expect(share<object>({ a: undefined }, { b: undefined })).toEqual({ b: undefined });
  expect(share<object>({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
  expect(share<unknown>([], {})).toEqual({});
});
