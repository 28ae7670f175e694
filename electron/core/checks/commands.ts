import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckFix } from '#contract';
import { type CheckPlace, copy } from './types.ts';

type Place = Pick<CheckPlace, 'env' | 'platform' | 'python' | 'root'>;

/** A word as a shell of this platform takes it. */
export const quoted = (word: string, platform: NodeJS.Platform) =>
  platform === 'win32' ? `"${word}"` : /^[\w./:=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

const npm = (words: string, { root, platform }: Place) => `npm ${words} --prefix ${quoted(root, platform)}`;

/** An installed app brings no set-up, and an environment that the person names is theirs: both take pip. */
const isTheirs = ({ env, root }: Place) => Boolean(env.HEADROOM_PYTHON) || !existsSync(join(root, 'package.json'));

/** Setup uses a Python that is named as it is: one that does not suit has to be forgotten first. */
export function otherPython(place: Place): CheckFix {
  const forget = place.platform === 'win32' ? 'set HEADROOM_PYTHON=&& ' : 'unset HEADROOM_PYTHON; ';
  return copy('Run setup', `${place.env.HEADROOM_PYTHON ? forget : ''}${npm('run setup', place)}`);
}

export const installPackages = (place: Place, names: readonly string[]): CheckFix =>
  isTheirs(place)
    ? copy('Install them', `${quoted(place.python, place.platform)} -m pip install ${names.join(' ')}`)
    : copy('Run setup', npm('run setup', place));

/** For drivers before CUDA 13, which the registry's own build needs; setup knows the same address. */
const OLDER_BUILDS = 'https://download.pytorch.org/whl/cu126';

/** Setup picks the build by the driver, where torch is not there. */
export function otherTorch(place: Place, driverMajor: number | null): CheckFix {
  const python = quoted(place.python, place.platform);
  const index = driverMajor !== null && driverMajor < 13 ? ` --index-url ${OLDER_BUILDS}` : '';
  const command = isTheirs(place)
    ? `${python} -m pip install --force-reinstall torch${index}`
    : `${python} -m pip uninstall -y torch && ${npm('run setup', place)}`;
  return copy('Install another build', command);
}

export const rebuildTerminal = (place: Place): CheckFix => copy('Build it again', npm('rebuild node-pty', place));
