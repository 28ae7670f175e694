import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings, verbatim } from '#contract';
import { fakeSmi } from '#fake-smi';
import { dataPaths } from '../base/index.ts';
import { checkPackages, checkPython, checkTransformers } from './python/python.ts';
import type { PythonFacts, QueryResult } from './python/query-python.ts';
import { checkTorch } from './python/torch.ts';
import { judgeDisk } from './system/disk.ts';
import { checkDriver, type DriverFacts, parseHeader, queryDriver } from './system/driver.ts';
import { judgeLeftovers } from './system/leftovers.ts';
import { judgeHolder } from './system/port.ts';
import { checkTerminal } from './system/terminal.ts';
import type { CheckPlace } from './types.ts';

const place = (more: Partial<CheckPlace> = {}): CheckPlace => ({
  env: {},
  platform: 'linux',
  python: '/x/python/.venv/bin/python',
  pythonFolder: '/x/python',
  root: '/nowhere',
  paths: dataPaths('/data', 'linux'),
  smi: { source: 'none', path: null, command: null },
  desired: () => defaultSettings,
  overrides: () => ({}),
  modelFolders: () => [],
  ownPort: () => null,
  backend: () => ({ python: '/x/python/.venv/bin/python', env: {} }),
  worker: () => null,
  ...more,
});

const facts = (
  torch: PythonFacts['torch'],
  version: [number, number, number] = [3, 12, 1],
): QueryResult<PythonFacts> => ({
  ok: true,
  value: {
    python: { version, executable: '/x' },
    packages: [
      { name: 'fastapi', present: true, version: '1' },
      { name: 'uvicorn', present: false, version: null },
      { name: 'transformers', present: true, version: '5' },
    ],
    torch,
  },
});
const built = (cuda: string | null, hip: string | null = null) => facts({ version: '2.13', cuda, hip });
const works = (cuda: string | null): DriverFacts => ({
  kind: 'works',
  ...parseHeader(`CUDA Version: ${cuda ?? 'N/A'}`),
});
const silent: QueryResult<PythonFacts> = { ok: false, reason: verbatim('It is gone.') };

describe('the driver', () => {
  it.each([
    ['| NVIDIA-SMI 352.79     Driver Version: 352.79         |', '352.79', null],
    ['| NVIDIA-SMI 535.54.03   Driver Version: 535.54.03    CUDA Version: 12.2     |', '535.54.03', '12.2'],
    ['| NVIDIA-SMI 555.85   Driver Version: 555.85   CUDA Version: N/A |', '555.85', null],
    ['| NVIDIA-SMI 595.84   KMD Version: 595.84   CUDA UMD Version: 13.2 |', '595.84', '13.2'],
    ['| NVIDIA-SMI (emulated; no real GPU) |', null, null],
  ])('%s', (head, driver, cuda) => {
    const read = parseHeader(head);
    expect(read.driver).toBe(driver);
    expect(read.cuda && `${read.cuda.major}.${read.cuda.minor}`).toBe(cuda);
  });

  it('counts the cards of the table', () => {
    const card = '|   0  NVIDIA H100 80GB HBM3   On  |   00000000:1B:00.0 Off |      0 |';
    expect(parseHeader(`Driver Version: 580.1\n${card}\n| N/A 33C |\n${card.replace('  0 ', '  1 ')}\n`).gpus).toBe(2);
  });

  it('that fails is quoted; a missing one differs from an emulated one', () => {
    const output = verbatim('Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 535');
    expect(checkDriver({ kind: 'fails', sentence: output, exitCode: 18 })).toMatchObject({
      state: 'failed',
      sentence: { text: 'nvidia-smi fails (exit code 18): Failed to initialize NVML: Driver/library version mismatch' },
      detail: [output],
    });
    expect(checkDriver({ kind: 'missing', sentence: verbatim('none') }).state).toBe('failed');
    expect(checkDriver({ kind: 'emulated', onRequest: true }).state).toBe('ok');
    expect(checkDriver({ kind: 'emulated', onRequest: false }).state).toBe('warning');
    expect(checkDriver({ kind: 'works', driver: null, cuda: null, gpus: null }).state).toBe('unknown');
  });

  it('that answers with an exit code is a warning with its words', async () => {
    const fake = await fakeSmi([]);
    const table =
      '| NVIDIA-SMI 580.1  Driver Version: 580.1  CUDA Version: 13.0 |\n|   0  NVIDIA A2  On  |   00000000:1B:00.0 Off | 0 |';
    await fake.write({ stream: '', other: `cat <<'X'\n${table}\nWARNING: infoROM is corrupted\nX\nexit 14` });
    const found = checkDriver(await queryDriver(fake.source, false, new AbortController().signal));
    await fake.remove();
    expect(found).toMatchObject({ state: 'warning', sentence: { code: 'checks.driverCudaGpus' } });
    expect(found.detail).toEqual([verbatim('WARNING: infoROM is corrupted')]);
  });

  it('parses any text', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseHeader(`CUDA Version: ${text}`)));
  });
});

describe('torch against the driver', () => {
  it.each([
    ['12.6', '12.8', 'ok'],
    ['12.8', '12.2', 'ok'],
    ['11.8', '13.0', 'ok'],
    ['13.0', '12.8', 'failed'],
    ['13.0', null, 'unknown'],
    ['odd', '12.8', 'unknown'],
    [null, '12.8', 'failed'],
  ])('built for %s, the driver runs %s: %s', (cuda, can, state) => {
    expect(checkTorch(place(), built(cuda), works(can)).state).toBe(state);
  });

  it('names the command for another build, and is unknown without facts', () => {
    const theirs = place({ env: { HEADROOM_PYTHON: '/my env/python' }, python: '/my env/python' });
    expect(checkTorch(theirs, built('13.0'), works('12.2')).fix).toEqual({
      label: expect.objectContaining({ code: 'checks.installOtherBuild' }),
      action: 'copy',
      command:
        "'/my env/python' -m pip install --force-reinstall torch --index-url https://download.pytorch.org/whl/cu126",
    });
    const ours = checkTorch(place({ root: process.cwd() }), built(null), works('13.0')).fix?.command;
    expect(ours).toMatch(/ -m pip uninstall -y torch && npm run setup --prefix /);
    expect(checkTorch(place(), facts(null), works('12.2'))).toMatchObject({ state: 'failed' });
    expect(checkTorch(place(), built(null, '6.2'), works('12.2')).state).toBe('unknown');
    expect(checkTorch(place(), silent, works('12.2')).state).toBe('unknown');
    expect(checkTorch(place(), built(null), { kind: 'emulated', onRequest: true }).state).toBe('ok');
    expect(checkTorch(place(), built('12.6'), { kind: 'emulated', onRequest: true }).state).toBe('ok');
    expect(checkTorch(place(), built('12.6'), { kind: 'fails', sentence: verbatim('x'), exitCode: 9 }).state).toBe(
      'unknown',
    );
  });
});

describe('python', () => {
  it('is judged by its version; without an answer the rest is unknown', () => {
    expect(checkPython(place(), facts(null)).state).toBe('ok');
    expect(checkPython(place(), facts(null, [3, 9, 2]))).toMatchObject({ state: 'failed', fix: { action: 'copy' } });
    expect(checkPython(place({ env: { HEADROOM_PYTHON: '/py' } }), silent).fix?.command).toMatch(
      /^unset HEADROOM_PYTHON; npm run setup /,
    );
    expect(checkPython(place(), silent)).toMatchObject({ state: 'failed', sentence: { text: 'It is gone.' } });
    expect(checkPackages(place(), silent).state).toBe('unknown');
    expect(checkTransformers(place(), silent).state).toBe('unknown');
  });

  it('that lacks packages names them, and how to install them', () => {
    const theirs = place({ env: { HEADROOM_PYTHON: '/py' }, python: '/py' });
    const found = checkPackages(theirs, facts(null));
    expect(found).toMatchObject({
      state: 'failed',
      sentence: { code: 'checks.packagesMissing', values: { names: 'uvicorn' } },
    });
    expect(found.fix?.command).toBe('/py -m pip install uvicorn');
    expect(checkTransformers(theirs, facts(null)).state).toBe('ok');
  });
});

describe('a fixed port in use', () => {
  const holder = (home: string) => ({ pid: 7, comm: 'flask', marker: 'ab', home });

  it('is fine where the backend of this data folder has it; otherwise its user is named', () => {
    expect(judgeHolder(place(), 5000, holder('/data')).state).toBe('ok');
    const other = judgeHolder(place(), 5000, holder('/other'));
    expect(other).toMatchObject({ state: 'failed', fix: { action: 'any_port' } });
    expect(other.sentence).toMatchObject({ code: 'checks.portTaken', values: { name: 'flask', pid: 7 } });
    expect(judgeHolder(place(), 5000, null).sentence.code).toBe('checks.portTakenByUnknown');
  });

  it('that a variable sets can only be changed there', () => {
    const held = place({ overrides: () => ({ LBS_PORT: '5000' }) });
    expect(judgeHolder(held, 5000, null).fix).toMatchObject({ action: 'copy', command: 'unset LBS_PORT' });
  });

  it('leftovers fail with the way to terminate them, or to remove their files', () => {
    const lost = { pid: 7, args: ['python', '-m', 'lbs.worker'], comm: 'python' };
    expect(judgeLeftovers(place(), { processes: [lost], files: [] })).toMatchObject({
      state: 'failed',
      fix: { action: 'copy', command: '/x/python/.venv/bin/python /x/python/clear_gpu_memory.py' },
    });
    expect(judgeLeftovers(place(), { processes: [], files: ['/a b'] })).toMatchObject({
      state: 'warning',
      sentence: { code: 'checks.leftoverFiles', values: { count: 1 } },
      fix: { action: 'remove_leftovers', command: "rm -f '/a b'" },
    });
    expect(judgeLeftovers(place(), { processes: [], files: [] }).state).toBe('ok');
  });
});

describe('disks and the terminal', () => {
  const space = (freeMiB: number | null, writable = true) => ({ folder: '/f', freeMiB, writable });

  it('fail where a result could not be stored', () => {
    expect(judgeDisk(space(5_000), []).state).toBe('ok');
    expect(judgeDisk(space(500), []).state).toBe('warning');
    expect(judgeDisk(space(50), []).state).toBe('failed');
    expect(judgeDisk(space(5_000, false), []).state).toBe('failed');
    expect(judgeDisk(space(5_000), [space(null)])).toMatchObject({
      state: 'warning',
      detail: [{ code: 'checks.folderFree' }, { code: 'checks.folderMissing' }],
    });
    const silent = { ...space(null, false), silent: true };
    expect(judgeDisk(silent, [])).toMatchObject({ state: 'failed', sentence: { code: 'checks.dataFolderSilent' } });
    expect(judgeDisk(space(5_000), [silent])).toMatchObject({
      state: 'warning',
      sentence: { code: 'checks.modelFolderSilent' },
    });
  });

  it('pipes cause a warning', () => {
    expect(checkTerminal(place(), () => null)).toMatchObject({ state: 'warning', fix: { action: 'copy' } });
    expect(checkTerminal(place(), () => ({})).state).toBe('ok');
  });
});
