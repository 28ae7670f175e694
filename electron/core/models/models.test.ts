import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createModels } from './models.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-models-'));
});
afterEach(() => rm(folder, { recursive: true }));

const model = async (...parts: string[]) => {
  await mkdir(join(folder, ...parts), { recursive: true });
  await writeFile(join(folder, ...parts, 'config.json'), '{}');
};

it('finds models, not what lies inside or beside them, and remembers the folder', async () => {
  await model('zoo', 'b', 'deep');
  await model('zoo', 'a-tiny');
  await model('zoo', 'a-tiny', 'inner');
  await model('zoo', '.hidden');
  await model('zoo', 'node_modules', 'x');
  const options = { file: join(folder, 'panel.json'), own: join(folder, 'own'), onChange: () => undefined };
  const models = await createModels(options);
  const found = await models.scan(join(folder, 'zoo'));
  expect(found.map(({ name, toy }) => [name, toy])).toEqual([
    ['zoo/a-tiny', true],
    ['zoo/b/deep', false],
  ]);
  const again = await createModels(options);
  await again.refresh();
  expect(again.state().found).toHaveLength(2);
  await expect(models.scan(join(folder, 'none'))).rejects.toMatchObject({ code: 'not_found' });
  await expect(models.scan(join(folder, 'panel.json'))).rejects.toMatchObject({ code: 'invalid_input' });
});
