import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pythonIn } from './places.mjs';
import { pythonEnv } from './python-env.mjs';
import { ask, logged } from './run.mjs';
import { Problem, timed } from './say.mjs';

const OLDEST = 11;
const NEWEST = 14;
/** Modules of the standard library that a Python lacks when it was built without their headers. */
const PROBE = `
import sys, json, struct
def lacks(name):
    try: __import__(name)
    except ImportError: return True
import importlib.util as u
print()
print(json.dumps({
    "version": sys.version_info[:3],
    "bits": struct.calcsize("P") * 8,
    "venv": u.find_spec("venv") is not None and u.find_spec("ensurepip") is not None,
    "lacks": [name for name in ("ssl", "sqlite3", "zlib", "ctypes", "lzma", "bz2") if lacks(name)],
}))`;

/** Version and modules of one interpreter; null where it does not run. A wrapper may print lines of its own before. */
export function probe(command, env = pythonEnv()) {
  const answer = ask(command, ['-I', '-c', PROBE], { env });
  try {
    return { command, ...JSON.parse(answer.split('\n').at(-1)) };
  } catch {
    return null;
  }
}

export const inRange = ({ version: [major, minor] }) => major === 3 && minor >= OLDEST && minor <= NEWEST;

/** Whether it can run the backend; for an environment, `venv` is asked as well. */
const complete = (python) => inRange(python) && python.bits === 64 && python.lacks.length === 0;

function folders(path) {
  try {
    return readdirSync(path).map((name) => join(path, name));
  } catch {
    return [];
  }
}

function home() {
  try {
    return homedir();
  } catch {
    return '/';
  }
}

/** In the order that a person expects: `python3` first, then by version, then the environments of package managers. */
function* candidates(env) {
  yield* ['python3', 'python', ...[13, 12, 11, 14].map((minor) => `python3.${minor}`)];
  if (env.CONDA_PREFIX) yield pythonIn(env.CONDA_PREFIX);
  for (const name of ['miniconda3', 'anaconda3', 'miniforge3', 'mambaforge']) {
    const base = join(home(), name);
    yield* [base, ...folders(join(base, 'envs'))].map(pythonIn).filter(existsSync);
  }
  yield* folders(join(env.PYENV_ROOT || join(home(), '.pyenv'), 'versions'))
    .map(pythonIn)
    .filter(existsSync);
  const fromUv = ask('uv', ['python', 'find', `>=3.${OLDEST},<3.${NEWEST + 1}`]);
  if (fromUv) yield fromUv;
}

/** A Python for the environment. Throws a Problem that says what to install. */
export async function findPython(env = process.env) {
  const rejected = [];
  for (const command of candidates(env)) {
    const python = probe(command);
    if (!python) continue;
    if (complete(python) && python.venv) return python;
    rejected.push(python);
  }
  const installed = await fromUv();
  if (installed) return installed;
  throw new Problem(why(rejected));
}

async function fromUv() {
  if (ask('uv', ['--version']) === null) return null;
  await timed('installing Python 3.12 with uv', () => logged('uv', ['python', 'install', '3.12'], {}));
  const found = ask('uv', ['python', 'find', '3.12']);
  const python = found ? probe(found) : null;
  return python && complete(python) ? python : null;
}

/** What is wrong with the best of the interpreters that were found. */
export function why(rejected) {
  const near = rejected.filter(inRange);
  const bare = near.find((python) => complete(python) && !python.venv);
  if (bare) {
    const name = `python3.${bare.version[1]}`;
    return `${bare.command} has no venv module: install it (on Debian and Ubuntu: sudo apt install ${name}-venv) and try again.`;
  }
  const wrong = near[0] && flaw(near[0]);
  if (wrong)
    return `${near[0].command} ${wrong}: install another Python (for example with uv: uv python install 3.12), or set HEADROOM_PYTHON.`;
  const old = rejected[0] ? `only Python ${rejected[0].version.join('.')} was found` : 'no Python was found';
  return `Python 3.${OLDEST} to 3.${NEWEST} is needed and ${old}: install one (for example with uv: uv python install 3.12), or set HEADROOM_PYTHON.`;
}

/** Why an interpreter of the right version cannot run the backend, or null. */
export function flaw({ version, bits, lacks }) {
  if (bits !== 64) return `is a ${bits}-bit Python ${version.join('.')}, for which PyTorch has no build`;
  if (lacks.length > 0) return `(Python ${version.join('.')}) was built without ${lacks.join(', ')}`;
  return null;
}
