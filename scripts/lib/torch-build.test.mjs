import { expect, test } from 'vitest';
import { platformProblem } from './torch-build.mjs';
import { torchBuild } from './torch-wheels.mjs';

test('the build that the driver supports', () => {
  const of = (platform, driver) => torchBuild({ platform, driver });
  expect(of('linux', null).args).toContain('https://download.pytorch.org/whl/cpu');
  expect(of('linux', 560).args).toContain('https://download.pytorch.org/whl/cu126');
  expect(of('linux', 580)).toMatchObject({ args: [], size: expect.stringContaining('CUDA 13') });
  expect(of('darwin', null).args).toEqual([]);
});

test('a machine for which PyTorch has no build hears it before anything is downloaded', () => {
  const on = (platform, arch, glibc) => platformProblem({ platform, arch, glibc });
  expect(on('linux', 'x64', '2.28')).toBeNull();
  expect(on('linux', 'arm64', '2.41')).toBeNull();
  expect(on('win32', 'x64', undefined)).toBeNull();
  expect(on('linux', 'x64', '2.17')).toMatch(/needs glibc 2.28 or newer and this system has 2.17: set HEADROOM_PYTHON/);
  expect(on('linux', 'x64', null)).toMatch(/no build for musl/);
  expect(on('linux', 'arm', '2.36')).toMatch(/no build for 32-bit arm/);
  expect(on('darwin', 'x64', undefined)).toMatch(/Intel Macs/);
});
