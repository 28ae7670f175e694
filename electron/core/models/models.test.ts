import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Converter } from './converter.ts';
import { createModels } from './models.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-models-'));
});
afterEach(() => rm(folder, { recursive: true }));

const none = () => Promise.reject(new Error('nothing is converted'));
const open = (converter: Converter = { about: none, convert: none, cancel: () => undefined }) =>
  createModels({
    file: join(folder, 'panel.json'),
    own: join(folder, 'own'),
    home: folder,
    converter,
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
