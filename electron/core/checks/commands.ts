import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckFix } from '#contract';
import { say } from './sentences.ts';
import { type CheckPlace, copy } from './types.ts';

type Place = Pick<CheckPlace, 'env' | 'platform' | 'python' | 'root'>;

/** Quotes a word for a shell of this platform. */
export const quoted = (word: string, platform: NodeJS.Platform) =>
  platform === 'win32' ? `"${word}"` : /^[\w./:=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

const npm = (words: string, { root, platform }: Place) => `npm ${words} --prefix ${quoted(root, platform)}`;

/** An installed app has no setup script, and the person owns an environment that they name: both use pip. */
const usesPip = ({ env, root }: Place) => Boolean(env.HEADROOM_PYTHON) || !existsSync(join(root, 'package.json'));

/** Setup uses the Python that HEADROOM_PYTHON names: an unsupported one must be unset first. */
export function otherPython(place: Place): CheckFix {
  const unset = place.platform === 'win32' ? 'set HEADROOM_PYTHON=&& ' : 'unset HEADROOM_PYTHON; ';
  return copy(say('runSetup'), `${place.env.HEADROOM_PYTHON ? unset : ''}${npm('run setup', place)}`);
}

export const installPackages = (place: Place, names: readonly string[]): CheckFix =>
  usesPip(place)
    ? copy(say('installThem'), `${quoted(place.python, place.platform)} -m pip install ${names.join(' ')}`)
    : copy(say('runSetup'), npm('run setup', place));

/** For drivers before CUDA 13, which the default build needs; setup uses the same address. */
const OLDER_BUILDS = 'https://download.pytorch.org/whl/cu126';

/** Setup picks the build for the driver where torch is not installed. */
export function otherTorch(place: Place, driverMajor: number | null): CheckFix {
  const python = quoted(place.python, place.platform);
  const index = driverMajor !== null && driverMajor < 13 ? ` --index-url ${OLDER_BUILDS}` : '';
  const command = usesPip(place)
    ? `${python} -m pip install --force-reinstall torch${index}`
    : `${python} -m pip uninstall -y torch && ${npm('run setup', place)}`;
  return copy(say('installOtherBuild'), command);
}

export const rebuildTerminal = (place: Place): CheckFix => copy(say('rebuild'), npm('rebuild node-pty', place));
