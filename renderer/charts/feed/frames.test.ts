import { expect, it } from 'vitest';
import { createFrames } from './frames.ts';

function clock() {
  const callbacks: (() => void)[] = [];
  const state = { time: 0, frame: () => callbacks.shift()?.(), waiting: () => callbacks.length };
  const frames = createFrames({ now: () => state.time, request: (callback) => callbacks.push(callback) });
  return { state, frames };
}

it('draws as many charts in a frame as its budget allows, the rest in the next ones, each once', () => {
  const { state, frames } = clock();
  const drawn: number[] = [];
  const jobs = Array.from({ length: 5 }, (_, i) => () => {
    drawn.push(i);
    state.time += 3;
  });
  for (const job of [...jobs, ...jobs]) frames.add(job);
  state.frame();
  expect(drawn).toEqual([0, 1]);
  state.frame();
  expect(drawn).toEqual([0, 1, 2, 3]);
  state.frame();
  expect([drawn, state.waiting()]).toEqual([[0, 1, 2, 3, 4], 0]);
});

it('draws nothing that was removed, and again what is added while it draws', () => {
  const { state, frames } = clock();
  const drawn: string[] = [];
  const removed = () => drawn.push('removed');
  const again = () => {
    drawn.push('again');
    if (drawn.length < 3) frames.add(again);
  };
  frames.add(removed);
  frames.add(again);
  frames.remove(removed);
  while (state.waiting() > 0) state.frame();
  expect(drawn).toEqual(['again', 'again', 'again']);
});
