import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLogLines } from './log-lines.ts';

const linesOf = (...pieces: string[]) => {
  const log = createLogLines(() => 5);
  for (const piece of pieces) log.write(piece);
  return log.from(null).lines;
};

it('gives each finished line a number, a time, a level and its run', () => {
  const lines = linesOf(
    '[Server] ready\r\n[Runner] Run r1 begins: x\n\x1b[33mUserWarning: slow\x1b[0m\n[Runner] Run r1 ends\nlater\n',
  );
  expect(lines).toEqual([
    { number: 0, time: 5, level: 'info', run: null, text: '[Server] ready' },
    { number: 1, time: 5, level: 'info', run: 'r1', text: '[Runner] Run r1 begins: x' },
    { number: 2, time: 5, level: 'warning', run: 'r1', text: 'UserWarning: slow' },
    { number: 3, time: 5, level: 'info', run: 'r1', text: '[Runner] Run r1 ends' },
    { number: 4, time: 5, level: 'info', run: null, text: 'later' },
  ]);
});

it('marks a traceback up to the exception as an error', () => {
  const lines = linesOf('Traceback (most recent call last):\n  File "a.py"\nValueError: no\nfine\nhttp 200\n');
  expect(lines.map(({ level }) => level)).toEqual(['error', 'error', 'error', 'info', 'info']);
});

it('counts a progress bar once, in its last state', () => {
  expect(linesOf('\r 10 %', '\r 50 %', '\r100 %\nnext\n').map(({ text }) => text)).toEqual(['100 %', 'next']);
});

it('is the same however the output is cut, and pages through all of it', () => {
  const output = fc.array(fc.constantFrom('a', 'ERROR b', '\n', '\r', '[Runner] Run r begins: d\n'), { maxLength: 60 });
  fc.assert(
    fc.property(output, fc.nat(), (pieces, seed) => {
      const text = pieces.join('');
      const cut = text.length === 0 ? 0 : seed % text.length;
      const whole = linesOf(text);
      expect(linesOf(text.slice(0, cut), text.slice(cut))).toEqual(whole);
    }),
  );
  const log = createLogLines(() => 5);
  for (let i = 0; i < 30_000; i += 1) log.write(`${i}\n`);
  const read: string[] = [];
  let from = 0;
  for (;;) {
    const { lines, next } = log.from(from);
    if (lines.length === 0) break;
    read.push(...lines.map(({ text }) => text));
    from = next;
  }
  expect(read).toHaveLength(10_000);
  expect([read[0], read.at(-1)]).toEqual(['20000', '29999']);
});

it('keeps the newest of a flood that nobody reads, and still knows the run', () => {
  const log = createLogLines(() => 5);
  log.write('[Runner] Run r1 begins: x\n');
  for (let i = 0; i < 100; i += 1) log.write(`${'x'.repeat(99)}\n`.repeat(1_000));
  log.write('the last line\n');
  const { lines, next } = log.from(null);
  expect(lines.at(-1)).toMatchObject({ run: 'r1', text: 'the last line' });
  expect(log.from(next).lines).toEqual([]);
});
