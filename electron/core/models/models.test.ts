import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { PanelError } from '#contract';
import type { Converter } from './converter.ts';
import { createModels } from './models.ts';
import { type Progress, scanModels } from './scan.ts';
import type { ScannerOptions, ScanProcess, ScanReport } from './scanner.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-models-'));
});
afterEach(() => rm(folder, { recursive: true }));

const none = () => Promise.reject(new Error('nothing is converted'));
/** Searches in this process. */
const here = (): ScanProcess => {
  let listener: (report: ScanReport) => void = () => undefined;
  return {
    async post(root) {
      const progress: Progress = { models: [], folders: 0, at: root };
      const end = await scanModels(root, progress, 200).catch((error: PanelError) => ({ error: error.toShape() }));
      listener({ ...progress, end });
    },
    onReport: (given) => {
      listener = given;
    },
    onExit: () => undefined,
    kill: () => undefined,
  };
};
const open = (
  converter: Converter = { about: none, convert: none, cancel: () => undefined },
  scanner: ScannerOptions = { start: here },
) =>
  createModels({
    file: join(folder, 'panel.json'),
    own: join(folder, 'own'),
    home: folder,
    converter,
    scanner,
    onChange: () => undefined,
  });

const model = async (...parts: string[]) => {
  await mkdir(join(folder, ...parts), { recursive: true });
  await writeFile(join(folder, ...parts, 'config.json'), '{}');
};

it('finds models, not folders inside or beside them, and remembers the folder', async () => {
  await model('zoo', 'b', 'deep');
  await model('zoo', 'a');
  await model('zoo', 'a', 'inner');
  await model('zoo', '.hidden');
  await model('zoo', 'node_modules', 'x');
  const models = await open();
  const found = await models.scan(join(folder, 'zoo'));
  expect(found.map(({ name }) => name)).toEqual(['zoo/a', 'zoo/b/deep']);
  const again = await open();
  await again.refresh();
  expect(again.state().found).toHaveLength(2);
  await expect(models.scan(join(folder, 'none'))).rejects.toMatchObject({ code: 'not_found' });
  await expect(models.scan(join(folder, 'panel.json'))).rejects.toMatchObject({ code: 'invalid_input' });
});

it('knows a toy by the stamp of its recipe, not by its name', async () => {
  await model('zoo', 'tinystories-33M');
  await model('zoo', 'renamed');
  await writeFile(join(folder, 'zoo', 'renamed', 'toy-recipe.json'), '{}');
  const models = await open();
  const found = await models.scan(join(folder, 'zoo'));
  expect(found.map(({ name, toy }) => [name, toy])).toEqual([
    ['zoo/renamed', true],
    ['zoo/tinystories-33M', false],
  ]);
});

it('takes a link to a model, and does not follow others', async () => {
  await model('elsewhere', 'm');
  await mkdir(join(folder, 'zoo'));
  await symlink(join(folder, 'elsewhere', 'm'), join(folder, 'zoo', 'linked'));
  await symlink(join(folder, 'zoo'), join(folder, 'zoo', 'circle'));
  const models = await open();
  expect((await models.scan(join(folder, 'zoo'))).map(({ name }) => name)).toEqual(['zoo/linked']);
});

it('knows a folder once however it was typed, and only where it holds models', async () => {
  await model('zoo', 'm');
  await mkdir(join(folder, 'empty'));
  const models = await open();
  for (const typed of ['~/zoo', `${join(folder, 'zoo')}/`, ` ${folder}/./zoo`]) await models.scan(typed);
  expect(await models.scan('~/empty')).toEqual([]);
  expect(models.state().folders).toEqual([join(folder, 'own'), join(folder, 'zoo')]);
  await expect(models.scan('zoo')).rejects.toMatchObject({ code: 'invalid_input' });
});

it('lists GGUF files, also beside a config that names only the family, until they are converted', async () => {
  await model('zoo', 'a');
  await model('zoo', 'b');
  await writeFile(join(folder, 'zoo', 'b', 'q4.gguf'), '');
  await writeFile(join(folder, 'zoo', 'Q8.GGUF'), '');
  await mkdir(join(folder, 'zoo', 'folder.gguf'));
  await symlink(join(folder, 'zoo', 'b', 'q4.gguf'), join(folder, 'zoo', 'linked.gguf'));
  await model('zoo', 'c');
  for (const name of ['model.safetensors', 'extra.gguf']) await writeFile(join(folder, 'zoo', 'c', name), '');
  const models = await open();
  const found = async () => (await models.scan(join(folder, 'zoo'))).map(({ name, gguf }) => [name, gguf]);
  const others = [
    ['zoo/a', false],
    ['zoo/b/q4.gguf', true],
    ['zoo/c', false],
    ['zoo/linked.gguf', true],
  ];
  expect(await found()).toEqual([['zoo/Q8.GGUF', true], ...others]);
  await model('zoo', 'Q8');
  expect(await found()).toEqual([['zoo/Q8', false], ...others]);
});

it('converts one found file at a time, and then finds the model', async () => {
  const file = join(folder, 'zoo', 'm.gguf');
  await mkdir(join(folder, 'zoo'));
  await writeFile(file, '');
  let finish: () => void = () => undefined;
  const models = await open({
    about: none,
    convert: async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      await model('zoo', 'm');
      return join(folder, 'zoo', 'm');
    },
    cancel: () => undefined,
  });
  await expect(models.convert(file)).rejects.toMatchObject({ code: 'not_found' });
  await models.scan(join(folder, 'zoo'));
  const converted = models.convert(file);
  expect(models.state().converting).toBe(file);
  await expect(models.convert(file)).rejects.toMatchObject({ code: 'busy' });
  finish();
  expect(await converted).toBe(join(folder, 'zoo', 'm'));
  expect(models.state()).toMatchObject({ converting: null, found: [{ name: 'zoo/m', gguf: false }] });
});

it('forgets a folder, and ends long searches and those of the system', async () => {
  await model('zoo', 'm');
  for (let i = 0; i < 250; i += 1) await mkdir(join(folder, 'big', String(i)), { recursive: true });
  await model('big', '0');
  const models = await open();
  await models.scan(join(folder, 'zoo'));
  await models.scan(join(folder, 'big'));
  expect(models.state().scans).toMatchObject([
    { folder: join(folder, 'zoo'), state: 'done', found: 1, sentence: null },
    { folder: join(folder, 'big'), state: 'done', found: 1, sentence: { code: 'models.limited' } },
  ]);
  await models.forget(join(folder, 'big'));
  expect(models.state()).toMatchObject({ folders: [join(folder, 'own'), join(folder, 'zoo')], scans: [{ found: 1 }] });
  await expect(models.forget(join(folder, 'own'))).rejects.toMatchObject({ code: 'not_found' });
  if (process.platform === 'win32') return;
  await symlink('/', join(folder, 'root'));
  for (const path of ['/', '/proc/self', '/sys', '/dev/../dev', join(folder, 'root')])
    await expect(models.scan(path)).rejects.toMatchObject({ sentence: { code: 'models.systemFolder' } });
  expect(models.state().folders).toHaveLength(2);
});

/** A search whose disk answers when the test says so. */
function slowDisk() {
  const started: { report(report: ScanReport): void; exit(): void; killed: boolean }[] = [];
  const start = (): ScanProcess => {
    const one = { report: (_: ScanReport) => undefined, exit: () => undefined, killed: false } as (typeof started)[0];
    started.push(one);
    return {
      post: () => undefined,
      onReport: (listener) => {
        one.report = listener;
      },
      onExit: (listener) => {
        one.exit = listener;
      },
      kill: () => {
        one.killed = true;
      },
    };
  };
  return { started, scanner: { start, silentMs: 20, longestMs: 10_000 } };
}

const foundModel = { name: 'zoo/m', path: '/nas/zoo/m', toy: false, gguf: false };

it('a disk that does not answer is named, keeps what it gave, and may answer later', async () => {
  await writeFile(join(folder, 'panel.json'), JSON.stringify({ modelFolders: ['/nas/zoo'] }));
  const { started, scanner } = slowDisk();
  const models = await open(undefined, scanner);
  void models.refresh();
  const zoo = started[1];
  zoo?.report({ models: [foundModel], folders: 2, at: '/nas/zoo/dead' });
  expect(models.state()).toMatchObject({
    found: [foundModel],
    scans: [{ state: 'scanning' }, { state: 'scanning', found: 1 }],
  });
  await vi.waitFor(() => expect(models.state().scans[1]?.state).toBe('silent'));
  expect(models.state().scans[1]?.sentence?.values).toMatchObject({ at: '/nas/zoo/dead' });
  expect([models.state().found, models.answering(), zoo?.killed]).toEqual([[foundModel], [], false]);
  zoo?.report({ models: [foundModel], folders: 3, at: '/nas/zoo/dead', end: { limited: false } });
  expect([models.state().scans[1]?.state, models.answering(), zoo?.killed]).toEqual(['done', ['/nas/zoo'], true]);
});

it('a folder that does not answer is not added, and a search that is killed says so', async () => {
  const { started, scanner } = slowDisk();
  const models = await open(undefined, scanner);
  await expect(models.scan('/nas')).rejects.toMatchObject({ sentence: { code: 'models.silent' } });
  expect([models.state().scans, started[0]?.killed]).toEqual([[], true]);
  const broken = models.scan('/nas');
  started[1]?.exit();
  await expect(broken).rejects.toMatchObject({ sentence: { code: 'models.scanBroke' } });
  const stopped = models.scan('/nas');
  models.stop();
  await expect(stopped).rejects.toThrow();
});
