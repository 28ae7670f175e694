import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './places.mjs';

/** One hash over files and folders without their tests: a step runs again only when its inputs have changed. */
export function fingerprint(paths, ...words) {
  const hash = createHash('sha256').update(JSON.stringify(words));
  for (const file of paths.flatMap((path) => filesUnder(path)).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function filesUnder(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  try {
    return readdirSync(full, { withFileTypes: true })
      .filter((entry) => !/\.test\.tsx?$|^\./.test(entry.name))
      .flatMap((entry) => filesUnder(`${path}/${entry.name}`));
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path];
    throw error;
  }
}

/** Whether the step has succeeded, be it with other inputs. */
export const stamped = existsSync;

export function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export const isStamped = (file, value) => existsSync(file) && readFileSync(file, 'utf8') === value;

/** Write it only after the step has succeeded: an interrupted step runs again. */
export function stamp(file, value) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, value);
}

export const unstamp = (file) => rmSync(file, { force: true });
