import { describe, expect, it, vi } from 'vitest';
import { PanelError, type StreamName, verbatim } from '#contract';
import type { Core } from './core.ts';
import { createSwitch, type Source } from './switch.ts';

function parts() {
  const followed: string[] = [];
  const live: Core = {
    call: vi.fn(() => Promise.resolve(null)) as unknown as Core['call'],
    acknowledge: vi.fn(),
    setAttention: vi.fn(),
    follow: (stream: StreamName) => {
      followed.push(`live ${stream}`);
      return () => followed.push(`live ends ${stream}`);
    },
  };
  const source: Source = {
    follow: (stream) => void followed.push(`source ${stream}`),
    unfollow: (stream) => void followed.push(`source ends ${stream}`),
    acknowledge: vi.fn(),
    refusal: (command) => new PanelError('refused', verbatim(`No ${command}.`)),
  };
  return { live, source, followed, core: createSwitch(live) };
}

describe('a source in place of the core', () => {
  it('gets every reader, later ones too, and returns them to the core', () => {
    const { core, source, followed } = parts();
    core.follow('ticks', () => undefined);
    core.show(source);
    const stop = core.follow('log', () => undefined);
    core.follow('runs', () => undefined);
    stop();
    core.show(null);
    expect(followed).toEqual([
      'live ticks',
      'live ends ticks',
      'source ticks',
      'source log',
      'source runs',
      'source ends log',
      'source ends ticks',
      'source ends runs',
      'live ticks',
      'live runs',
    ]);
  });

  it('refuses commands and receives log acknowledgements; the core gets neither', async () => {
    const { core, source, live } = parts();
    core.show(source);
    await expect(core.call('backend.stop', {})).rejects.toMatchObject({ code: 'refused', message: 'No backend.stop.' });
    core.acknowledge(7);
    expect(source.acknowledge).toHaveBeenCalledWith(7);
    expect([live.call, live.acknowledge].map((method) => vi.mocked(method).mock.calls)).toEqual([[], []]);
    core.show(null);
    await core.call('backend.stop', {});
    expect(live.call).toHaveBeenCalledOnce();
  });
});
