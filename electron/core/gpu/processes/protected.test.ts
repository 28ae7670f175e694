import { describe, expect, it } from 'vitest';
import { type About, sparedBecause } from './protected.ts';

const about = (more: Partial<About> = {}): About => ({
  listed: { name: '/usr/bin/python3' },
  seen: { words: ['python3', 'train.py'], comm: 'python3' },
  ...{ mine: true, ours: false, panel: false, guarded: false },
  ...more,
});

describe('who may be ended', () => {
  it('is another process of this user', () => {
    expect(sparedBecause(about())).toBeNull();
    const titled = about({
      listed: { name: 'VLLM::EngineCore' },
      seen: { words: ['VLLM::EngineCore'], comm: 'VLLM::EngineCor' },
    });
    expect(sparedBecause(titled)).toBeNull();
    expect(
      sparedBecause(about({ listed: { name: 'python -m train' }, seen: { words: ['/venv/bin/python'], comm: 'x' } })),
    ).toBeNull();
  });

  it.each([
    ['screen', { listed: { name: '/usr/lib/xorg/Xorg' }, seen: null }],
    ['screen', { seen: { words: ['/usr/bin/gnome-shell'], comm: 'gnome-shell' }, mine: false }],
    ['screen', { listed: { name: 'C:\\Windows\\System32\\dwm.exe' }, seen: null, mine: false }],
    ['unknown', { listed: { name: 'C:\\Program Files\\NZXT CAM\\NZXT CAM.exe' }, seen: null, mine: false }],
    ['unknown', { listed: { name: '[Insufficient Permissions]' }, seen: null, mine: false }],
    ['backend', { ours: true, panel: true }],
    ['unknown', { seen: null, mine: false }],
    ['unknown', { listed: { name: '/opt/blender' } }],
    ['unknown', { listed: { name: '[Not Found]' } }],
    ['other_user', { mine: false }],
    ['panel', { panel: true }],
    ['other_panel', { guarded: true }],
  ] as const)('is not %s', (reason, more) => {
    expect(sparedBecause(about(more))).toBe(reason);
  });
});
