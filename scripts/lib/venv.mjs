import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { findPython, inRange, probe } from './find-python.mjs';
import { at, pythonIn, venv } from './places.mjs';
import { ask, failed, run } from './run.mjs';
import { Problem, step } from './say.mjs';
import { fingerprint, isStamped, stamp, unstamp } from './stamp.mjs';
import { driverVersion, torchIndex } from './torch-build.mjs';

const TORCH = 'torch==2.13.0';
const NEEDED = [
  'torch',
  'transformers',
  'accelerate',
  'safetensors',
  'tokenizers',
  'fastapi',
  'uvicorn',
  'pydantic_settings',
  'psutil',
];

/** Creates or repairs the Python environment; resolves with the interpreter to use. */
export async function pythonEnvironment({ dev }) {
  if (process.env.HEADROOM_PYTHON) return named(process.env.HEADROOM_PYTHON);
  const python = pythonIn(venv);
  const mark = join(venv, '.headroom-stamp');
  const locks = ['python/requirements.txt', ...(dev ? ['python/requirements-dev.txt'] : [])];
  const wanted = fingerprint(locks, TORCH);
  // A developer's environment includes a user's.
  const full = fingerprint([...new Set([...locks, 'python/requirements-dev.txt'])], TORCH);
  // The stamp says what was installed, not what has been removed since.
  if ((isStamped(mark, wanted) || isStamped(mark, full)) && missingIn(python) === '') return python;
  await make(python);
  unstamp(mark);
  await install(python, locks);
  stamp(mark, wanted);
  return python;
}

/** Checks the environment that HEADROOM_PYTHON names: nothing is installed into it. */
function named(command) {
  const python = probe(command);
  if (!python) throw new Problem(`HEADROOM_PYTHON is ${command}, which does not run: set it to a Python 3.11 to 3.14.`);
  if (!inRange(python)) {
    throw new Problem(`HEADROOM_PYTHON is Python ${python.version.join('.')}: Headroom needs Python 3.11 to 3.14.`);
  }
  const missing = missingIn(command);
  if (missing) throw new Problem(`HEADROOM_PYTHON (${command}) lacks ${missing}: install them there with pip.`);
  return command;
}

/** The packages that this Python lacks, '' where it has all, null where it does not run. */
function missingIn(command) {
  const code = `import importlib.util as u; print(" ".join(n for n in ${JSON.stringify(NEEDED)} if u.find_spec(n) is None))`;
  return ask(command, ['-c', code]);
}

async function make(python) {
  const present = probe(python);
  if (present && inRange(present) && ask(python, ['-m', 'pip', '--version']) !== null) return;
  const base = findPython();
  step(`creating python/.venv with Python ${base.version.join('.')}`);
  rmSync(venv, { recursive: true, force: true });
  const made = await run(base.command, ['-m', 'venv', venv], { quiet: true });
  if (made.code !== 0) throw failed('Creating the Python environment', made.output);
}

async function install(python, locks) {
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--progress-bar', 'off', '--no-input'];
  step('installing torch (a few minutes the first time)');
  const index = torchIndex({ platform: process.platform, driver: driverVersion() });
  const lock = at('python', 'requirements.txt');
  const torch = await run(python, [...pip, ...index, TORCH, '-c', lock]);
  if (torch.code !== 0) throw failed('Installing torch', torch.output);
  step('installing the other Python packages');
  const rest = await run(python, [...pip, ...locks.flatMap((file) => ['-r', at(file)])]);
  if (rest.code !== 0) throw failed('Installing the Python packages', rest.output);
}
