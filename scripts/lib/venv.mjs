import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { notWritable } from './causes.mjs';
import { findPython, flaw, inRange, probe } from './find-python.mjs';
import { log } from './log.mjs';
import { at, pythonIn, venv } from './places.mjs';
import { recover, replacing } from './put-back.mjs';
import { pipEnv, pythonEnv } from './python-env.mjs';
import { ask, failed, logged } from './run.mjs';
import { Problem, timed } from './say.mjs';
import { fingerprint, isStamped, isWritable, stamp, stamped, unstamp } from './stamp.mjs';
import { driverVersion, platformProblem } from './torch-build.mjs';
import { TORCH, torchBuild } from './torch-wheels.mjs';

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
/** Variables of the dynamic linker: Headroom leaves them alone, since libcuda may be found through them. */
const LINKER = ['LD_LIBRARY_PATH', 'LD_PRELOAD', 'DYLD_LIBRARY_PATH', 'DYLD_INSERT_LIBRARIES'];

/**
 * Creates or updates the Python environment; resolves with the interpreter to use. `verify`: an environment that is
 * complete by its stamp is imported for real, and made anew where that fails.
 */
export async function pythonEnvironment({ dev, verify = false }) {
  if (process.env.HEADROOM_PYTHON) return named(process.env.HEADROOM_PYTHON);
  const python = pythonIn(venv);
  const mark = join(venv, '.headroom-stamp');
  recover(venv, stamped(mark));
  const locks = ['python/requirements.txt', ...(dev ? ['python/requirements-dev.txt'] : [])];
  const wanted = fingerprint(locks, TORCH);
  // A developer's environment includes a user's.
  const full = fingerprint([...new Set([...locks, 'python/requirements-dev.txt'])], TORCH);
  // The stamp says what was installed, not what has been removed since.
  const check = async (env) => missingIn(python, env) === '' && !(verify && (await importAll(python, env)) !== null);
  const works = stamped(mark) && (await check(pythonEnv()));
  if (works && (isStamped(mark, wanted) || isStamped(mark, full))) return python;
  if (stamped(mark) && !works) await blame(LINKER, pythonEnv(), check);
  const problem = isWritable(at('python')) ? platformProblem() : notWritable(at('python'));
  if (problem) throw new Problem(problem);
  await replacing(venv, { keep: works }, async (kept) => {
    const build = torchBuild({ platform: process.platform, driver: driverVersion() });
    if (!kept) {
      checkDisk(build.disk);
      await make();
    }
    unstamp(mark);
    await install(python, locks, build);
    stamp(mark, wanted);
  });
  return python;
}

/** Checks the environment that HEADROOM_PYTHON names: nothing is installed into it. */
async function named(command) {
  const python = probe(command);
  if (!python) throw new Problem(`HEADROOM_PYTHON is ${command}, which does not run: set it to a Python 3.11 to 3.14.`);
  if (!inRange(python)) {
    throw new Problem(`HEADROOM_PYTHON is Python ${python.version.join('.')}: Headroom needs Python 3.11 to 3.14.`);
  }
  const wrong = flaw(python);
  if (wrong) throw new Problem(`HEADROOM_PYTHON ${wrong}: set it to another Python 3.11 to 3.14.`);
  const missing = missingIn(command);
  if (missing === null) {
    await blame(['PYTHONPATH', ...LINKER], pythonEnv(), (env) => missingIn(command, env) !== null);
    throw new Problem(
      `HEADROOM_PYTHON (${command}) cannot look for its packages: run ${command} -c "import torch" to see why.`,
    );
  }
  if (missing) throw new Problem(`HEADROOM_PYTHON (${command}) lacks ${missing}: install them there with pip.`);
  return command;
}

/** Throws a Problem that names the variable without which `works(env)` holds. */
async function blame(names, given, works) {
  for (const name of names.filter((word) => given[word])) {
    const { [name]: value, ...env } = given;
    if (await works(env)) throw new Problem(`Python fails because of ${name}=${value}: unset it and try again.`);
  }
}

/** The packages that this Python lacks, '' where it has all, null where it does not run. */
function missingIn(command, env = pythonEnv()) {
  const code = `import importlib.util as u; print(" ".join(n for n in ${JSON.stringify(NEEDED)} if u.find_spec(n) is None))`;
  return ask(command, ['-c', code], { env });
}

/** Imports every package; resolves with the output where that fails, else with null. */
async function importAll(python, env = pythonEnv()) {
  const done = await logged(python, ['-c', `import ${NEEDED.join(', ')}`], { env });
  return done.code === 0 ? null : done.output;
}

async function make() {
  const base = await findPython();
  await timed(`creating python/.venv with Python ${base.version.join('.')}`, async () => {
    const made = await inOwnTemporary((folder) =>
      logged(base.command, ['-m', 'venv', venv], { env: { ...pythonEnv(), ...folder } }),
    );
    if (made.code !== 0) throw failed('Creating the Python environment', made.output);
  });
}

/** Refuses early where the disk cannot hold the environment. */
function checkDisk(needed) {
  const { bavail, bsize } = statfsSync(at('python'));
  const gb = (bytes) => `${(bytes / 1e9).toFixed(1)} GB`;
  if (bavail * bsize >= needed) return;
  throw new Problem(
    `python/.venv takes at least ${gb(needed)} and ${gb(bavail * bsize)} are free there: free some space and try again.`,
  );
}

async function install(python, locks, build) {
  const lock = at('python', 'requirements.txt');
  await timed(`installing ${TORCH.replace('==', ' ')} (${build.size})`, () =>
    pip(python, 'torch', [...build.args, TORCH, '-c', lock]),
  );
  await timed('installing the other Python packages (80 MB)', () =>
    pip(
      python,
      'the Python packages',
      locks.flatMap((file) => ['-r', at(file)]),
    ),
  );
  await timed('importing what was installed', async () => {
    const output = await importAll(python);
    if (output === null) return;
    await blame(LINKER, pythonEnv(), async (env) => (await importAll(python, env)) === null);
    throw elsewhere(python) ?? failed('Importing the Python packages', output);
  });
}

/** Why pip could not read an index: only its log says so, its output says that it found no version. */
function unreachable(file) {
  if (!existsSync(file)) return '';
  const lines = readFileSync(file, 'utf8').split('\n');
  const told = lines.filter((line) => line.includes('Could not fetch URL')).map((line) => `\n${line}`);
  log(told.join(''));
  return told.join('');
}

/** Where pip.conf sends packages to another folder. */
function elsewhere(python) {
  const config = ask(python, ['-m', 'pip', 'config', 'list'], { env: pipEnv() }) ?? '';
  const line = config.split('\n').find((text) => /^(global|install)\.(target|prefix|root)=/.test(text));
  return line
    ? new Problem(
        `pip installs elsewhere, its configuration says ${line}: remove that line (pip config debug names the file).`,
      )
    : null;
}

/** Runs pip's work with a temporary folder beside the environment: /tmp may be small, in RAM, or mounted noexec. */
async function inOwnTemporary(work) {
  const folder = `${venv}.tmp`;
  mkdirSync(folder, { recursive: true });
  try {
    return await work({ TMPDIR: folder, TEMP: folder, TMP: folder });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function pip(python, what, args) {
  return inOwnTemporary(async (folder) => {
    const details = join(folder.TMPDIR, 'pip.log');
    const quiet = ['--disable-pip-version-check', '--progress-bar', 'off', '--no-input', '--log', details];
    const words = ['-m', 'pip', 'install', ...quiet, ...args];
    const done = await logged(python, words, { env: { ...pipEnv(), ...folder }, tail: 100_000 });
    if (done.code !== 0) throw failed(`Installing ${what}`, done.output + unreachable(details));
  });
}
