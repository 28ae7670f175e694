import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { python, reason } from '#emulator';
import type { Environment } from '../../base/index.ts';
import { emulatorCommand } from '../emulator/emulator.ts';
import { type Disk, diskAt } from './disk.ts';
import { missingFault } from './faults.ts';
import { locateSmi } from './locate.ts';
import { smiPlaces } from './places.ts';

const emulator = emulatorCommand({ python: '/py', script: '/app/emulator.py', home: '/home/x/data', env: {} });
const disk = (files: readonly string[], store: readonly string[] = []): Disk => ({
  isExecutable: (file) => files.includes(file),
  exists: (path) => files.includes(path),
  read: () => '',
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

/** A root folder with these files; a text that starts with `#!` makes one executable. */
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'headroom-root-'));
});
afterEach(() => rm(root, { recursive: true }));

async function put(path: string, text = ''): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
  await chmod(join(root, path), text.startsWith('#!') ? 0o755 : 0o644);
}
const locateAt = (env: Environment, platform: NodeJS.Platform = 'linux') =>
  locateSmi({ env, platform, emulator, disk: diskAt(root) });

describe('an nvidia-smi off PATH', () => {
  it.each(['/usr/lib/wsl/lib', '/usr/local/nvidia/bin', '/run/opengl-driver/bin', '/usr/sbin'])(
    'is found in %s before anything is emulated',
    async (folder) => {
      // A PATH of a service, or none.
      for (const env of [{ PATH: '/bin' }, {}]) {
        await put(`${folder}/nvidia-smi`, 'not executable');
        expect(locateAt(env).source).toBe('emulator');
        await put(`${folder}/nvidia-smi`, '#!/bin/sh');
        expect(locateAt(env)).toMatchObject({ source: 'nvidia-smi', path: `${folder}/nvidia-smi`, command: { env } });
      }
    },
  );

  it('never precedes the one on PATH', async () => {
    for (const folder of ['/usr/lib/wsl/lib', '/opt/bin']) await put(`${folder}/nvidia-smi`, '#!/bin/sh');
    expect(locateAt({ PATH: '/opt/bin' }).path).toBe('/opt/bin/nvidia-smi');
  });
});

describe('a machine with a card and no nvidia-smi', () => {
  it.each([
    ['/proc/driver/nvidia/version', 'nvidia-utils'],
    ['/dev/nvidia0', 'NVIDIA_DRIVER_CAPABILITIES'],
    ['/dev/dxg', 'in Windows'],
    ['/dev/nvhost-gpu', 'JetPack'],
  ])('with %s says so, and emulates nothing unasked', async (trace, wayOut) => {
    await put(trace);
    const found = locateAt({ PATH: '/usr/bin' });
    expect(found).toMatchObject({ source: 'none', command: null });
    const { kind, sentence } = missingFault(found);
    expect([kind, trace.startsWith(found.trace?.path ?? 'none')]).toEqual(['no_utilities', true]);
    expect(sentence.text).toContain(wayOut);
    const asked = [
      { HEADROOM_NVIDIA_SMI: 'emulator' },
      { LBS_EMULATED_GPUS: '24GiB' },
      { HEADROOM_SCENARIO: 'hot' },
    ] as Environment[];
    for (const env of asked) expect(locateAt(env).source).toBe('emulator');
    await put('/usr/lib/wsl/lib/nvidia-smi', '#!/bin/sh');
    expect(locateAt({}).source).toBe('nvidia-smi');
  });

  it('may have no driver at all: its display function on the PCI bus shows it', async () => {
    const pci = '/sys/bus/pci/devices/0000:01:00';
    // Another maker's card, and the audio function of an NVIDIA card in a virtual machine.
    await put(`${pci}.0/vendor`, '0x1002\n');
    await put(`${pci}.0/class`, '0x030000\n');
    await put(`${pci}.1/vendor`, '0x10de\n');
    await put(`${pci}.1/class`, '0x040300\n');
    expect(locateAt({}).source).toBe('emulator');
    await put(`${pci}.0/vendor`, '0x10de\n');
    expect(locateAt({}).trace).toEqual({ path: `${pci}.0`, kind: 'no_driver' });
    expect(locateAt({}, 'darwin').source).toBe('emulator');
  });

  it('is recognized on Windows by the library of CUDA', () => {
    const there = disk(['C:\\Windows\\System32\\nvcuda.dll']);
    const found = locateSmi({ env: {}, platform: 'win32', emulator, disk: there });
    expect([found.source, missingFault(found).sentence.text]).toEqual(['none', expect.stringContaining('Reinstall')]);
  });
});

it.skipIf(reason !== null)('looks in the same places as clear_gpu_memory.py', () => {
  const folder = fc.constantFrom('/usr/bin', '/opt/bin/', 'bin', '.', '', '/usr//local/nvidia/bin', '/a b/显卡');
  const drives = fc.constantFrom('D:\\tools', 'C:\\Windows\\System32', 'bin', '', 'C:\\Programme (x86)\\');
  const set = fc.record({
    PATH: fc.array(folder, { maxLength: 4 }).map((all) => all.join(':')),
    Path: fc.array(drives, { maxLength: 4 }).map((all) => all.join(';')),
    SystemRoot: fc.constantFrom('', 'E:\\WINNT'),
  });
  const samples = fc.sample(set, 50).flatMap((env) => [
    { env: { PATH: env.PATH }, platform: 'linux' as const },
    { env: { Path: env.Path, SystemRoot: env.SystemRoot }, platform: 'win32' as const },
    { env: { PATH: env.PATH }, platform: 'darwin' as const },
  ]);
  const program = `import json, sys; sys.path.insert(0, "python"); from clearing.places import smi_places
print(json.dumps([smi_places(one["env"], one["platform"]) for one in json.load(sys.stdin)]))`;
  const printed = execFileSync(python, ['-I', '-c', program], { input: JSON.stringify(samples), encoding: 'utf8' });
  const nothing = disk([]);
  expect(JSON.parse(printed)).toEqual(samples.map(({ env, platform }) => smiPlaces(env, platform, nothing)));
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
