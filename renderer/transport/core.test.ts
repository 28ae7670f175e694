import { describe, expect, it } from 'vitest';
import type { ClientMessage, PanelState, ServerMessage } from '#contract';
import { connectCore } from './core.ts';
import type { LinkListener, LinkStatus } from './link.ts';

function fakeLink() {
  const sent: ClientMessage[] = [];
  let listener: LinkListener | null = null;
  const open = (given: LinkListener) => {
    listener = given;
    return { send: (message: ClientMessage) => sent.push(message) as unknown as undefined };
  };
  const say = (message: unknown) => listener?.onMessage(message as ServerMessage);
  return { sent, open, say, status: (status: LinkStatus) => listener?.onStatus(status) };
}

describe('the core as the page sees it', () => {
  it('answers each call with its own result, and rebuilds errors', async () => {
    const link = fakeLink();
    const core = connectCore({ state: () => undefined, status: () => undefined }, link.open);
    await expect(core.call('backend.stop', {})).rejects.toMatchObject({ code: 'not_ready' });
    link.status('open');
    const [first, second] = [core.call('backend.stop', {}), core.call('backend.start', {})];
    link.say({ type: 'error', id: 2, error: { code: 'backend_error', message: 'No.' } });
    link.say({ type: 'result', id: 1, output: null });
    await expect(first).resolves.toBeNull();
    await expect(second).rejects.toMatchObject({ code: 'backend_error', message: 'No.' });
  });

  it('fails what waits when the connection is lost, and follows its streams again after it', async () => {
    const link = fakeLink();
    const states: number[] = [];
    const core = connectCore({ state: (state) => states.push(state.revision), status: () => undefined }, link.open);
    link.status('open');
    await Promise.resolve();
    const seen: unknown[] = [];
    core.follow('log', (news) => seen.push(...news.items));
    link.say({ type: 'items', stream: 'log', items: ['a'], dropped: 0, fresh: true });
    const waiting = core.call('backend.stop', {});
    link.status('lost');
    await expect(waiting).rejects.toMatchObject({ code: 'not_ready' });
    link.status('open');
    await Promise.resolve();
    expect(link.sent.filter((message) => message.type === 'subscribe')).toHaveLength(2);
    link.say({ type: 'state', state: { revision: 7 } as PanelState });
    expect([seen, states]).toEqual([['a'], [7]]);
  });

  it('tells how much it is looked at, and again after each new connection', async () => {
    const link = fakeLink();
    const core = connectCore({ state: () => undefined, status: () => undefined }, link.open);
    core.attend('front');
    expect(link.sent).toEqual([]);
    link.status('open');
    await Promise.resolve();
    core.attend('hidden');
    link.status('lost');
    core.attend('visible');
    link.status('open');
    await Promise.resolve();
    expect(link.sent).toEqual(['front', 'hidden', 'visible'].map((level) => ({ type: 'attention', level })));
  });
});
