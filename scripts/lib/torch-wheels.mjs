/** Which torch is installed, and from where. The panel, which makes environments too, imports this file. */
export const TORCH = 'torch==2.13.0';

const WHEELS = 'https://download.pytorch.org/whl';

/**
 * The build of torch that this machine's driver supports: the registry's own (CUDA 13) from driver 580 on, CUDA 12.6 for
 * older drivers, the small CPU build without an NVIDIA driver. `args` are pip's; `size` is what a person should expect to
 * be downloaded; `disk` is the least that the environment takes, in bytes. Where the index cannot be reached, pip tries
 * once and then installs the registry's own build.
 */
export function torchBuild({ platform, driver }) {
  const extra = (name) => ['--extra-index-url', `${WHEELS}/${name}`, '--retries', '0'];
  if (platform === 'darwin') return { args: [], size: '110 MB', disk: 1e9 };
  if (driver === null) return { args: extra('cpu'), size: 'CPU, 190 MB', disk: 1.5e9 };
  const [args, name] = driver >= 580 ? [[], 'CUDA 13'] : [extra('cu126'), 'CUDA 12.6'];
  return { args, size: `${name}, 530 MB and NVIDIA's libraries`, disk: 4e9 };
}
