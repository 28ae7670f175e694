import { describe, expect, it } from 'vitest';
import { type About, protectionOf } from './protected.ts';

const about = (more: Partial<About> = {}): About => ({
  listed: { name: '/usr/bin/python3' },
  info: { args: ['python3', 'train.py'] },
  ...{ mine: true, ours: false, panel: false, guarded: false },
  ...more,
});

describe('a process that may be terminated', () => {
  it('is another process of this user', () => {
    expect(protectionOf(about())).toBeNull();
  });

  it.each([
    ['screen', { listed: { name: '/usr/lib/xorg/Xorg' }, info: null }],
    ['screen', { info: { args: ['/usr/bin/gnome-shell'] }, mine: false }],
    ['screen', { listed: { name: 'C:\\Windows\\System32\\dwm.exe' }, info: null, mine: false }],
    ['unknown', { listed: { name: 'C:\\Program Files\\NZXT CAM\\NZXT CAM.exe' }, info: null, mine: false }],
    ['unknown', { listed: { name: '[Insufficient Permissions]' }, info: null, mine: false }],
    ['backend', { ours: true, panel: true }],
    ['unknown', { info: null, mine: false }],
    ['other_user', { mine: false }],
    ['panel', { panel: true }],
    ['other_panel', { guarded: true }],
  ] as const)('is not %s', (reason, more) => {
    expect(protectionOf(about(more))).toBe(reason);
  });
});
