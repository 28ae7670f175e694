import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProcessInfo } from '../proc/index.ts';
import { deadFiles, inBoth, leftoversIn } from './decide.ts';

const place = { home: '/data', uid: 1000, protectedPids: new Set([48, 49, 50]) };
const a = 'a'.repeat(32);
const b = 'b'.repeat(32);

const seen = (pid: number, more: Partial<ProcessInfo> = {}): ProcessInfo => ({
  ...{ pid, startTime: pid * 10, parent: 1, uid: 1000, args: ['python', '-m', 'lbs.worker'], comm: 'python' },
  ...{ marker: a, home: '/data', underPanel: true, forkservers: [] },
  ...more,
});
const guardian = (marker: string) =>
  seen(40, { marker: null, args: ['/venv/python', '-I', '-S', '/x/guardian.py', marker] });
const pids = (list: readonly ProcessInfo[]) => list.map(({ pid }) => pid);

describe('leftovers', () => {
  it('are processes with an unguarded marker, of this folder and this user', () => {
    const list = [
      seen(2),
      seen(3, { home: '/other' }),
      seen(4, { uid: 1001 }),
      seen(5, { marker: b }),
      seen(6, { marker: null }),
      seen(7, { home: null }),
      guardian(b),
    ];
    expect(pids(leftoversIn(list, place))).toEqual([2]);
  });

  it('exclude this panel, its ancestors and display servers', () => {
    const list = [seen(50), seen(49), seen(48), seen(60, { args: ['/usr/bin/Xorg'] })];
    expect(leftoversIn(list, place)).toEqual([]);
  });

  const markers = fc.constantFrom(a, b, 'c'.repeat(32), null);
  const someone = fc.record({
    pid: fc.integer({ min: 2, max: 30 }),
    startTime: fc.integer({ min: 1, max: 3 }),
    parent: fc.integer({ min: 0, max: 30 }),
    uid: fc.constantFrom(1000, 0, 1001),
    marker: markers,
    home: fc.constantFrom('/data', '/data/', '/other', null),
    args: fc.oneof(
      fc.constant(['python', '-u', 'server.py']),
      fc.constant(['Xorg']),
      fc.constant<string[]>([]),
      markers.map((marker) => ['python', '/x/guardian.py', ...(marker ? [marker] : [])]),
    ),
  });
  const look = fc
    .uniqueArray(someone, { selector: ({ pid }) => pid, maxLength: 12 })
    .map((list) => list.map((one) => seen(one.pid, one)));

  it('include no process of another user, whatever runs', () => {
    fc.assert(
      fc.property(look, look, fc.integer({ min: 2, max: 30 }), (first, second, self) => {
        const those = inBoth(
          leftoversIn(first, { ...place, protectedPids: new Set([self]) }),
          leftoversIn(second, { ...place, protectedPids: new Set([self]) }),
        );
        for (const one of those) {
          expect(one).toMatchObject({ uid: 1000, home: '/data' });
          expect(one.pid).not.toBe(self);
          // Not a pid that was reused between the scans.
          for (const list of [first, second]) {
            expect(list.find(({ pid }) => pid === one.pid)?.startTime).toBe(one.startTime);
            expect(list.some(({ args }) => args.at(-1) === one.marker)).toBe(false);
          }
        }
      }),
    );
  });

  it('include every unguarded process of ours in both scans', () => {
    fc.assert(
      fc.property(look, (list) => {
        const expected = list.filter(
          (one) =>
            one.uid === 1000 &&
            one.home === '/data' &&
            one.marker !== null &&
            one.args[0] !== 'Xorg' &&
            !list.some(({ args }) => args[1] === '/x/guardian.py' && args[2] === one.marker),
        );
        expect(inBoth(leftoversIn(list, place), leftoversIn(list, place))).toEqual(expected);
      }),
    );
  });
});

describe('files of earlier starts', () => {
  it('are those whose marker or socket no process has', () => {
    const sockets = ['0', '1', '2', '3'].map((digit, i) => `${i % 2 ? 'worker' : 'server'}-${digit.repeat(8)}.sock`);
    const names = [`${a}.json`, `.${a}.json.71.tmp`, `${b}.steps`, `${b}.pipe`, ...sockets];
    const found = [
      seen(2, { args: ['python', '-m', 'lbs.forkserver', 'server', `/data/run/${sockets[0]}`] }),
      seen(3, { marker: null, forkservers: [`/data/run/${sockets[1]}`] }),
    ];
    const dead = [`${b}.steps`, `${b}.pipe`, ...sockets.slice(2)];
    expect(deadFiles([...names, 'notes.json', 'worker-x.sock', 'panel.sock'], found)).toEqual(dead);
    expect(deadFiles([`${b}.json`], [guardian(b)])).toEqual([]);
    expect(deadFiles(names, [])).toEqual(names);
  });
});
