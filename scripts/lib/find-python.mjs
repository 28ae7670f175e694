import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pythonIn } from './places.mjs';
import { ask } from './run.mjs';
import { Problem, step } from './say.mjs';

const OLDEST = 11;
const NEWEST = 14;
const PROBE =
  'import sys, json, importlib.util as u; print(json.dumps({"version": sys.version_info[:3], "venv": u.find_spec("venv") is not None and u.find_spec("ensurepip") is not None}))';

/** Version and modules of one interpreter; null where it does not run. */
export function probe(command) {
  const answer = ask(command, ['-I', '-c', PROBE]);
  return answer === null ? null : { command, ...JSON.parse(answer) };
}

export const inRange = ({ version: [major, minor] }) => major === 3 && minor >= OLDEST && minor <= NEWEST;

const folders = (path) => (existsSync(path) ? readdirSync(path).map((name) => join(path, name)) : []);

/** In the order that a person expects: `python3` first, then by version, then the environments of package managers. */
function* candidates(env) {
  yield* ['python3', 'python', ...[13, 12, 11, 14].map((minor) => `python3.${minor}`)];
  if (env.CONDA_PREFIX) yield pythonIn(env.CONDA_PREFIX);
  for (const name of ['miniconda3', 'anaconda3', 'miniforge3', 'mambaforge']) {
    const base = join(homedir(), name);
    yield* [base, ...folders(join(base, 'envs'))].map(pythonIn);
  }
  yield* folders(join(env.PYENV_ROOT || join(homedir(), '.pyenv'), 'versions')).map(pythonIn);
  const fromUv = ask('uv', ['python', 'find', `>=3.${OLDEST},<3.${NEWEST + 1}`]);
  if (fromUv) yield fromUv;
}

/** A Python for the environment. Throws a Problem that says what to install. */
export function findPython(env = process.env) {
  const rejected = [];
  for (const command of candidates(env)) {
    const python = probe(command);
    if (!python) continue;
    if (inRange(python) && python.venv) return python;
    rejected.push(python);
  }
  const installed = fromUv();
  if (installed) return installed;
  throw new Problem(why(rejected));
}

function fromUv() {
  if (ask('uv', ['--version']) === null) return null;
  step('installing Python 3.12 with uv');
  ask('uv', ['python', 'install', '3.12'], { timeout: 600_000 });
  const found = ask('uv', ['python', 'find', '3.12']);
  const python = found ? probe(found) : null;
  return python && inRange(python) ? python : null;
}

export function why(rejected) {
  const bare = rejected.find(inRange);
  if (bare) {
    const name = `python3.${bare.version[1]}`;
    return `${bare.command} has no venv module: install it (on Debian and Ubuntu: sudo apt install ${name}-venv) and try again.`;
  }
  const old = rejected[0] ? `only Python ${rejected[0].version.join('.')} was found` : 'no Python was found';
  return `Python 3.${OLDEST} to 3.${NEWEST} is needed and ${old}: install one (for example with uv: uv python install 3.12), or set HEADROOM_PYTHON.`;
}
