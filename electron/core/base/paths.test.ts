import { describe, expect, it } from 'vitest';
import { dataFolder, dataPaths } from './paths.ts';

describe('the data folder', () => {
  it.each([
    ['linux', {}, '/home/x', '/home/x/.local/share/headroom'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/home/x', '/data/headroom'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/x', '/home/x/.local/share/headroom'],
    ['linux', { HEADROOM_HOME: '/h/../h2', XDG_DATA_HOME: '/data' }, '/home/x', '/h2'],
    ['darwin', { XDG_DATA_HOME: '/data' }, '/Users/x', '/Users/x/Library/Application Support/Headroom'],
    [
      'win32',
      { APPDATA: 'C:\\Users\\x\\AppData\\Roaming' },
      'C:\\Users\\x',
      'C:\\Users\\x\\AppData\\Roaming\\Headroom',
    ],
    ['win32', {}, 'C:\\Users\\x', 'C:\\Users\\x\\AppData\\Roaming\\Headroom'],
  ] as const)('on %s with %j', (platform, env, home, folder) => {
    expect(dataFolder(env, platform, home)).toBe(folder);
  });

  it('is absolute, wherever the panel was started', () => {
    expect(dataFolder({ HEADROOM_HOME: 'here' }, 'linux', '/home/x')).toBe(`${process.cwd()}/here`);
  });

  it('holds everything that is written', () => {
    for (const platform of ['linux', 'win32'] as const) {
      const { folder, ...names } = dataPaths(platform === 'win32' ? 'C:\\data' : '/data', platform);
      for (const path of Object.values(names))
        expect(path.startsWith(folder + (platform === 'win32' ? '\\' : '/'))).toBe(true);
      expect(new Set(Object.values(names)).size).toBe(Object.keys(names).length);
    }
  });
});
