import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emulatorCommand } from '../emulator/emulator.ts';
import { type Disk, locateSmi } from './locate.ts';

const emulator = emulatorCommand({ python: '/py', script: '/app/emulator.py', home: '/home/x/data', env: {} });
const disk = (files: readonly string[], store: readonly string[] = []): Disk => ({
  isExecutable: (file) => files.includes(file),
  newestFirst: () => [...store],
});

describe('locating nvidia-smi', () => {
  it('uses the first on PATH, and never one in the current folder', () => {
    const env = { PATH: '.:bin:/opt/bin:/usr/bin' };
    const files = ['nvidia-smi', 'bin/nvidia-smi', '/opt/bin/nvidia-smi', '/usr/bin/nvidia-smi'];
    const found = locateSmi({ env, platform: 'linux', emulator, disk: disk(files) });
    expect(found).toMatchObject({ source: 'nvidia-smi', path: '/opt/bin/nvidia-smi', command: { args: [], env } });
  });

  it('falls back to the emulator only where there is none, and to nothing where there is no emulator', () => {
    const options = { env: { PATH: '/usr/bin' }, platform: 'linux', disk: disk([]) } as const;
    expect(locateSmi({ ...options, emulator })).toMatchObject({ source: 'emulator', path: '/app/emulator.py' });
    expect(locateSmi({ ...options, emulator: null })).toEqual({ source: 'none', path: null, command: null });
  });

  it('obeys HEADROOM_NVIDIA_SMI, also where what it names is absent', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.constantFrom<NodeJS.Platform>('linux', 'darwin', 'win32'), (there, platform) => {
        const there_ = disk(there ? ['/usr/bin/nvidia-smi'] : []);
        const find = (asked: string) =>
          locateSmi({ env: { PATH: '/usr/bin', HEADROOM_NVIDIA_SMI: asked }, platform, emulator, disk: there_ });
        expect(find('emulator').source).toBe('emulator');
        expect(find('/opt/other')).toMatchObject({ source: 'nvidia-smi', path: '/opt/other' });
      }),
    );
  });

  it("knows Windows' places, the newest driver first", () => {
    const system = 'C:\\Windows\\System32';
    const store = `${system}\\DriverStore\\FileRepository`;
    const places = [
      'D:\\tools\\nvidia-smi.exe',
      `${system}\\nvidia-smi.exe`,
      `${store}\\new\\nvidia-smi.exe`,
      `${store}\\old\\nvidia-smi.exe`,
      'C:\\Program Files\\NVIDIA Corporation\\NVSMI\\nvidia-smi.exe',
    ];
    for (const [first, place] of places.entries()) {
      const there = disk(places.slice(first), ['new', 'old']);
      const found = locateSmi({ env: { Path: 'D:\\tools' }, platform: 'win32', emulator, disk: there });
      expect(found.path).toBe(place);
    }
  });
});

describe("the emulator's command", () => {
  it('is isolated, knows the folder of worker reports, and lets the person choose the cards', () => {
    expect(emulator).toMatchObject({
      command: '/py',
      args: ['-I', '/app/emulator.py'],
      env: { LBS_EMULATED_GPUS: '256MiB', HEADROOM_HOME: '/home/x/data' },
    });
    const env = { LBS_EMULATED_GPUS: '24GiB,24GiB' };
    const two = emulatorCommand({ python: 'p', script: 's', home: 'h', env, scenario: '/lost.yaml' });
    expect(two.env).toMatchObject({ LBS_EMULATED_GPUS: '24GiB,24GiB', HEADROOM_SCENARIO: '/lost.yaml' });
  });
});
