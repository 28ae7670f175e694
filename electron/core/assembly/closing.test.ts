import { expect, it, vi } from 'vitest';
import type { PanelState, Run } from '#contract';
import type { Guards } from '../guards/index.ts';
import type { Decisions } from '../runs/index.ts';
import type { Hub } from '../state/index.ts';
import { createClosing } from './closing.ts';

/** A window with a run in progress, or without one; `close` is null in serve mode. */
function window(run: Run | null, close: (() => void) | null = vi.fn()) {
  const state: Partial<PanelState> = {};
  const hub = { set: (patch: Partial<PanelState>) => Object.assign(state, patch) } as unknown as Hub;
  const decisions = { inProgress: () => run } as unknown as Decisions;
  const closing = createClosing({ hub, decisions, close });
  const decide = vi.fn(async () => null);
  return { state, close, closing, decide, handlers: closing.handlers({ decide } as unknown as Guards) };
}

it('asks on the page only while a run is in progress', () => {
  const idle = window(null);
  expect(idle.closing.ask()).toBe(false);
  const busy = window({} as Run);
  expect(busy.closing.ask()).toBe(true);
  expect(busy.state.closing).toBe(true);
  busy.handlers['app.keepOpen']({});
  expect(busy.state.closing).toBe(false);
  expect(busy.close).not.toHaveBeenCalled();
});

it('keeps the question where the decision was refused, and closes once it is carried out', async () => {
  const { state, close, closing, decide, handlers } = window({} as Run);
  closing.ask();
  decide.mockRejectedValueOnce(new Error('The backend does not answer.'));
  await expect(handlers['app.close']({ when: 'afterRun' })).rejects.toThrow('does not answer');
  expect(state.closing).toBe(true);
  await handlers['app.close']({ when: 'afterRun' });
  expect(decide).toHaveBeenLastCalledWith('close', 'afterRun');
  expect(state.closing).toBe(false);
  await closing.close();
  expect(close).toHaveBeenCalledOnce();
});

it('says where to close a panel without a window', async () => {
  await expect(window(null, null).handlers['app.close']({})).rejects.toThrow('press Ctrl+C where it was started');
});
