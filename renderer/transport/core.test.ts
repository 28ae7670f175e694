import { describe, expect, it } from 'vitest';
import { type ClientMessage, type PanelState, type ServerMessage, verbatim } from '#contract';
import { connectCore } from './core.ts';
import type { LinkListener, LinkStatus } from './link.ts';

function fakeLink() {
  const sent: ClientMessage[] = [];
  let listener: LinkListener | null = null;
  const open = (next: LinkListener) => {
    listener = next;
    return { send: (message: ClientMessage) => sent.push(message) as unknown as undefined };
  };
  const receive = (message: unknown) => listener?.onMessage(message as ServerMessage);
  return { sent, open, receive, status: (status: LinkStatus) => listener?.onStatus(status) };
}

describe('the connection to the core', () => {
  it('resolves each call with its own result, and rebuilds errors', async () => {
    const link = fakeLink();
    const core = connectCore({ state: () => undefined, status: () => undefined }, link.open);
    await expect(core.call('backend.stop', {})).rejects.toMatchObject({ code: 'not_ready' });
    link.status('open');
    const [first, second] = [core.call('backend.stop', {}), core.call('backend.start', {})];
    link.receive({ type: 'error', id: 2, error: { code: 'backend_error', sentence: verbatim('No.') } });
    link.receive({ type: 'result', id: 1, output: null });
    await expect(first).resolves.toBeNull();
    await expect(second).rejects.toMatchObject({ code: 'backend_error', message: 'No.' });
  });

  it('rejects pending calls when the connection is lost, and resubscribes after reconnecting', async () => {
    const link = fakeLink();
    const states: number[] = [];
    const core = connectCore({ state: (state) => states.push(state.revision), status: () => undefined }, link.open);
    link.status('open');
    await Promise.resolve();
    const received: unknown[] = [];
    core.follow('log', (update) => received.push(...update.items));
    link.receive({ type: 'items', stream: 'log', items: ['a'], dropped: 0, fresh: true });
    const pending = core.call('backend.stop', {});
    link.status('lost');
    await expect(pending).rejects.toMatchObject({ code: 'not_ready' });
    link.status('open');
    await Promise.resolve();
    expect(link.sent.filter((message) => message.type === 'subscribe')).toHaveLength(2);
    link.receive({ type: 'state', state: { revision: 7 } as PanelState });
    expect([received, states]).toEqual([['a'], [7]]);
  });

  it('sends the attention level, and repeats it after each reconnect', async () => {
    const link = fakeLink();
    const core = connectCore({ state: () => undefined, status: () => undefined }, link.open);
    core.setAttention('front');
    expect(link.sent).toEqual([]);
    link.status('open');
    await Promise.resolve();
    core.setAttention('hidden');
    link.status('lost');
    core.setAttention('visible');
    link.status('open');
    await Promise.resolve();
    expect(link.sent).toEqual(['front', 'hidden', 'visible'].map((level) => ({ type: 'attention', level })));
  });
});
