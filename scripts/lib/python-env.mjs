import { readFileSync } from 'node:fs';
import { at } from './places.mjs';

const { keep, set } = JSON.parse(readFileSync(at('python', 'environment.json'), 'utf8'));

/** Windows and macOS launchers pass their own path to Python in the last one. */
const ofPython = (name) => name.startsWith('PYTHON') || name === '__PYVENV_LAUNCHER__';

/**
 * The environment of our own interpreter: PYTHONHOME, PYTHONPATH and the like belong to some other Python. An interpreter
 * that HEADROOM_PYTHON names may need them.
 */
export function pythonEnv(env = process.env) {
  if (env.HEADROOM_PYTHON) return { ...env, ...set };
  const rest = Object.entries(env).filter(([name]) => !ofPython(name) || keep.includes(name));
  return { ...Object.fromEntries(rest), ...set };
}

/** Settings of pip that would install elsewhere, install nothing, or refuse what is pinned without hashes. */
const ELSEWHERE = ['TARGET', 'PREFIX', 'ROOT', 'USER', 'PYTHON', 'DRY_RUN', 'NO_DEPS', 'REQUIRE_HASHES', 'REQUIREMENT'];

/** The environment of pip: index, proxy and certificates stay. */
export function pipEnv(env = process.env) {
  const rest = Object.entries(pythonEnv(env)).filter(([name]) => !ELSEWHERE.some((word) => name === `PIP_${word}`));
  // A pip.conf may ask for --user, which an environment refuses.
  return { ...Object.fromEntries(rest), PIP_USER: '0' };
}
