import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PythonState } from '#contract';
import { canLook, carrying } from '#processes';
import { chosenPython } from '../base/index.ts';
import { findCandidates } from './candidates.ts';
import type { Recipe } from './environment.ts';
import { createPythons, type PythonPlace } from './python.ts';
import { createSlots } from './slots.ts';

const pythonFolder = join(process.cwd(), 'python');
const system = execFileSync('python3', ['-c', 'import sys; print(sys._base_executable)'], { encoding: 'utf8' }).trim();

let home: string;
let states: PythonState[];
let chosen: string | null;
let env: Record<string, string>;

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'headroom-pythons-')));
  states = [];
  chosen = null;
  // No index is asked: pip finds the wheels of this test only.
  env = { PATH: dirname(system), PIP_NO_INDEX: '1', PIP_FIND_LINKS: home };
});

afterEach(() => rm(home, { recursive: true, force: true }));

const place = (): PythonPlace => ({
  env,
  home,
  platform: process.platform,
  pythonFolder,
  resources: process.cwd(),
  smi: { source: 'none', path: null, command: null },
  paths: { python: join(home, 'python.json'), environment: join(home, 'data', 'environment') },
  python: () => chosen ?? '/setup/bin/python',
  fixedPython: false,
  choosePython: (path) => {
    chosen = path;
  },
});

const open = (recipe: Partial<Recipe> = {}, more: Partial<PythonPlace> = {}) =>
  createPythons({
    place: { ...place(), ...more },
    recipe: async () => ({
      torch: ['torch'],
      requirements: join(home, 'lock.txt'),
      imports: ['torch'],
      disk: 0,
      ...recipe,
    }),
    guardian: join(pythonFolder, 'guardian.py'),
    onChange: (state) => states.push(state),
    onChosen: () => undefined,
  });

/** A file that is run as an interpreter. */
async function script(path: string, body: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

/** A wheel of one empty module. */
async function wheel(name: string): Promise<void> {
  await writeFile(join(home, 'lock.txt'), '');
  const make = `
import sys, zipfile
name, folder = sys.argv[1:]
info = f"{name}-1.dist-info"
with zipfile.ZipFile(f"{folder}/{name}-1-py3-none-any.whl", "w") as z:
    z.writestr(f"{name}.py", "")
    z.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1\\n")
    z.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    z.writestr(f"{info}/RECORD", "")`;
  execFileSync(system, ['-c', make, name, home]);
}

/** The only Python on PATH: it makes environments of itself at once, and `body` is what an import does there. */
async function fakePython(body: string): Promise<void> {
  env.PATH = `${home}/bin${delimiter}/usr/bin${delimiter}/bin`;
  await writeFile(join(home, 'lock.txt'), '');
  await script(
    join(home, 'bin', 'python3'),
    `case "$*" in
  "-m venv"*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip"*) echo "pip 25.0" ;;
  "-c import torch"*) ${body} ;;
  *) exec ${system} "$@" ;;
esac`,
  );
}

const ended = () => vi.waitFor(() => expect(states.at(-1)?.creating).toBeNull(), { timeout: 60_000, interval: 50 });

describe('the interpreters', () => {
  it('are found in the usual places, each once, and a wrong one says why', async () => {
    const old = await script(join(home, 'proj', '.venv', 'bin', 'python'), 'echo broken >&2; exit 3');
    await script(join(home, 'miniconda3', 'envs', 'bench', 'bin', 'python'), 'exit 0');
    await script(join(home, '.pyenv', 'versions', '3.12.1', 'bin', 'python'), 'exit 0');
    await mkdir(join(home, '.venvs', 'one', 'bin'), { recursive: true });
    await symlink(system, join(home, '.venvs', 'one', 'bin', 'python'));
    await writeFile(join(home, '.venvs', 'one', 'pyvenv.cfg'), `home = ${dirname(system)}\n`);
    const found = await findCandidates(place());
    const inHome = found.filter(({ path }) => path.startsWith(home)).map(({ kind }) => kind);
    expect(inHome.sort()).toEqual(['conda', 'pyenv', 'venv', 'venv']);
    const { list } = await (await open()).list();
    expect(list.find(({ path }) => path === old)).toMatchObject({
      version: null,
      state: 'failed',
      sentence: { code: 'checks.pythonFails' },
    });
    const venv = list.find(({ path }) => path.includes('.venvs'));
    expect(venv).toMatchObject({ kind: 'venv', version: expect.stringMatching(/^3\./), torch: null, state: 'failed' });
    expect(list.filter(({ version, path }) => version && path.startsWith(dirname(system)))).toHaveLength(1);
  });

  it('are chosen only where the backend would start, and never beside HEADROOM_PYTHON', async () => {
    const pythons = await open();
    await expect(pythons.choose('python3')).rejects.toMatchObject({ sentence: { code: 'python.notAbsolute' } });
    await expect(pythons.choose(join(home, 'none'))).rejects.toMatchObject({
      sentence: { code: 'python.wouldNotRun' },
    });
    expect(states).toEqual([]);
    await pythons.choose(null);
    expect(states.at(-1)).toMatchObject({ next: '/setup/bin/python' });
    const fixed = await open({}, { fixedPython: true });
    await expect(fixed.choose(null)).rejects.toMatchObject({ sentence: { code: 'python.fixed' } });
    await expect(fixed.create()).rejects.toMatchObject({ sentence: { code: 'python.fixed' } });
  });
});

describe('an environment', () => {
  const environment = () => place().paths.environment;
  const leftovers = async () => (existsSync(dirname(environment())) ? await readdir(dirname(environment())) : []);

  it('is made with what is pinned, stage by stage, and is then chosen', async () => {
    await wheel('torch');
    const pythons = await open();
    await pythons.create();
    await expect(pythons.create()).rejects.toMatchObject({ code: 'busy' });
    await ended();
    expect(states.at(-1)).toMatchObject({ failure: null, next: join(environment(), 'bin', 'python') });
    expect([...new Set(states.map(({ creating }) => creating?.stage).filter(Boolean))]).toEqual([
      'environment',
      'torch',
      'packages',
      'check',
    ]);
    expect(states.some(({ creating }) => creating?.lines.some((line) => line.includes('torch-1')))).toBe(true);
    expect(chosenPython(place().paths.python)).toBe(chosen);
    expect(await leftovers()).toEqual(['environment']);
    expect((await pythons.list()).list[0]).toMatchObject({ kind: 'created', path: chosen });

    // The one that the backend runs on is never replaced; it goes once another is chosen and the panel starts again.
    const slots = createSlots(environment());
    expect(slots.free([chosen])).toBe(`${environment()}-2`);
    await mkdir(`${environment()}-2/bin`, { recursive: true });
    await slots.sweep(chosen);
    expect(await leftovers()).toEqual(['environment']);
    await mkdir(`${environment()}-2`);
    await writeFile(`${environment()}-2/.headroom-complete`, '');
    expect(slots.free([chosen, `${environment()}-2/bin/python`])).toBeNull();
    expect(slots.free([`${environment()}-2/bin/python`])).toBe(environment());
    await slots.sweep(`${environment()}-2/bin/python`);
    expect(await leftovers()).toEqual(['environment-2']);
  });

  it('whose packages cannot be imported is removed, with the reason', async () => {
    await fakePython('echo "OSError: no libcuda" >&2; exit 1');
    await (await open()).create();
    await ended();
    const text = expect.stringContaining('no libcuda');
    expect(states.at(-1)?.failure).toMatchObject({ code: 'python.stepFailed', text });
    expect(await leftovers()).toEqual([]);
    expect(chosen).toBeNull();
  });

  it('that is cancelled leaves no process and no file; one without its stamp is not offered', async () => {
    await fakePython('sleep 300');
    const pythons = await open();
    await pythons.create();
    await vi.waitFor(() => expect(states.at(-1)?.creating?.stage).toBe('check'), { timeout: 60_000, interval: 50 });
    const running = () => (canLook ? carrying(`PIP_FIND_LINKS=${home}`) : []);
    if (canLook) expect(running()).not.toEqual([]);
    await pythons.cancel();
    expect(states.at(-1)).toMatchObject({ creating: null, failure: null });
    expect(running()).toEqual([]);
    expect(await leftovers()).toEqual([]);

    await mkdir(join(environment(), 'bin'), { recursive: true });
    await symlink(system, join(environment(), 'bin', 'python'));
    const { list } = await (await open()).list();
    expect(list.map(({ kind }) => kind)).not.toContain('created');
    expect(await leftovers()).toEqual([]);
  });

  it('is refused where the disk is too small, before anything is written', async () => {
    await wheel('torch');
    await (await open({ disk: 1e18 })).create();
    await ended();
    expect(states.at(-1)?.failure).toMatchObject({ code: 'python.diskFull' });
    expect(await leftovers()).toEqual([]);
  });

  it('is not begun without a Python that has venv', async () => {
    env.PATH = ['/nowhere', join(home, 'bin')].join(delimiter);
    await expect((await open()).create()).rejects.toMatchObject({ sentence: { code: 'python.noBase' } });
    expect(states.at(-1)?.creating).toBeNull();
  });
});
