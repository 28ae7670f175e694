import { readdir, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { InterpreterKind } from '#contract';
import { type Environment, pythonIn } from '../base/index.ts';

/** An interpreter that may be there. */
export interface Candidate {
  path: string;
  kind: InterpreterKind;
}

/** More are not asked: each takes a process. */
export const MOST = 40;
/** Folders of a home folder that may each have an environment. */
const MOST_PROJECTS = 300;

const NAMES = ['python3', 'python', ...[13, 12, 11, 14].map((minor) => `python3.${minor}`)];
const INSIDE_PROJECT = ['.venv', 'venv', 'env'];
const COLLECTIONS = ['.venvs', 'venvs', '.virtualenvs', 'envs'];
const CONDA = ['miniconda3', 'anaconda3', 'miniforge3', 'mambaforge', 'micromamba', '.conda'];

/**
 * The interpreters of this machine: environments in the usual places, those of conda, pyenv and uv, and what is on PATH.
 * Reads folders and runs nothing. The same interpreter under two names counts once.
 */
export async function findCandidates(from: {
  env: Environment;
  home: string;
  platform: NodeJS.Platform;
}): Promise<Candidate[]> {
  const { env, home, platform } = from;
  const inside = (kind: InterpreterKind, folders: readonly string[]): Candidate[] =>
    folders.map((folder) => ({ path: pythonIn(folder, platform), kind }));
  const named = (...folders: readonly (string | undefined)[]) => folders.filter((folder) => folder !== undefined);
  const inHome = (names: readonly string[]) => names.map((name) => join(home, name));
  const projects = (await childrenOf(home)).slice(0, MOST_PROJECTS);
  const conda = named(...inHome(CONDA), '/opt/conda', env.CONDA_PREFIX);
  const found = [
    ...inside('venv', named(env.VIRTUAL_ENV, ...inHome(INSIDE_PROJECT))),
    ...inside('venv', await childrenOfAll(named(env.WORKON_HOME, ...inHome(COLLECTIONS)))),
    ...inside('conda', [...conda, ...(await childrenOfAll(conda.map((base) => join(base, 'envs'))))]),
    ...inside('pyenv', await childrenOf(join(env.PYENV_ROOT || join(home, '.pyenv'), 'versions'))),
    ...inside(
      'venv',
      projects.flatMap((project) => INSIDE_PROJECT.map((name) => join(project, name))),
    ),
    ...inside('uv', await childrenOf(uvFolder(env, home))),
    ...onPath(env, platform),
  ];
  const there = await Promise.all(found.map(({ path }) => isFile(path)));
  return unique(found.filter((_, index) => there[index]));
}

const uvFolder = (env: Environment, home: string) =>
  env.UV_PYTHON_INSTALL_DIR || join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'uv', 'python');

function onPath(env: Environment, platform: NodeJS.Platform): Candidate[] {
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter).filter(Boolean);
  const names = platform === 'win32' ? ['python.exe'] : NAMES;
  return folders.flatMap((folder) => names.map((name) => ({ path: join(folder, name), kind: 'path' as const })));
}

/** By the environment's folder, because its interpreter is a link to another's; else by the file behind all links. */
async function identity(path: string): Promise<string> {
  const folder = dirname(dirname(path));
  const isEnvironment = await isFile(join(folder, 'pyvenv.cfg'));
  // Removed meanwhile: its name is its own.
  return realpath(isEnvironment ? folder : path).catch(() => path);
}

/** The first of each interpreter. */
export async function unique(candidates: readonly Candidate[]): Promise<Candidate[]> {
  const keys = await Promise.all(candidates.map(({ path }) => identity(path)));
  return candidates.filter((_, index) => keys.indexOf(keys[index] as string) === index);
}

/** The folders in a folder, sorted; none where it cannot be read. */
async function childrenOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => join(folder, name))
    .sort();
}

const childrenOfAll = async (folders: readonly string[]) => (await Promise.all(folders.map(childrenOf))).flat();

export const isFile = async (path: string) => (await stat(path).catch(() => null))?.isFile() ?? false;
