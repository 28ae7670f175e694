import { beforeAll, describe, expect, it } from 'vitest';
import { type Flood, flood, idleFlood, isWhole } from '../fixtures/flood.ts';

const MIB = 2 ** 20;
/** More than the log files hold, so that the oldest is dropped; `npm run bench` uses 1 GiB. */
const SIZE = Number(process.env.HEADROOM_FLOOD_MIB ?? 64);
/** The bench has the machine to itself; a test has not, and only a standstill fails it. */
const STALL_MS = process.env.HEADROOM_FLOOD_MIB ? 500 : 5_000;

let seen: Flood;
beforeAll(async () => {
  seen = await flood(SIZE);
  const idle = await idleFlood(SIZE);
  const speed = (seconds: number) => `${(SIZE / seconds).toFixed(0)} MiB/s`;
  const { seconds, grownMiB, stallMs } = seen;
  console.log(
    `${SIZE} MiB through the panel: ${speed(seconds)}, ${(seconds / idle).toFixed(2)} times as long as read and thrown ` +
      `away (${speed(idle)}); it grew ${grownMiB.toFixed(0)} MiB, its longest stall was ${stallMs.toFixed(0)} ms`,
  );
});

describe('a flood of output', () => {
  it('neither grows the panel’s memory nor blocks it', () => {
    expect(seen.grownMiB).toBeLessThan(50);
    expect(seen.stallMs).toBeLessThan(STALL_MS);
  });

  it('is in the files, the newest 50 MiB without a gap', () => {
    expect(seen.files.count).toBe(5);
    expect(seen.files.bytes).toBeGreaterThan(39 * MIB);
    expect(seen.files.bytes).toBeLessThanOrEqual(50 * MIB);
    expect(seen.files.text).toMatch(/the last line, after \d+ lines\r\n$/);
    expect(isWhole(seen.files.text)).toBe(true);
  });

  it('leaves a page that never draws with the newest lines and the count of dropped characters', () => {
    const { text, sent, skipped } = seen.page;
    expect(text).toMatch(/the last line, after \d+ lines\r\n$/);
    expect(isWhole(text)).toBe(true);
    expect(sent).toBeLessThan(3 * MIB);
    expect(sent + skipped).toBeGreaterThan(SIZE * MIB);
  });
});
