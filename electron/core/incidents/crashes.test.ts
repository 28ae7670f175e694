import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings, verbatim } from '#contract';
import { personOf } from '../redaction/index.ts';
import { type CrashEvidence, createCrashes } from './crashes.ts';
import { idsIn, nextName, prune, timeOf } from './folder.ts';

const token = 'ab12'.repeat(16);
let notSaved: string[];
const onNotSaved = ({ sentence }: { sentence: { text: string } }) => void notSaved.push(sentence.text);
const person = personOf('/home/maria', { USER: 'maria', LOGNAME: '' });
const evidence = (message = 'It ended.', output: string[] = []): CrashEvidence => ({
  reason: { code: 'crash', sentence: verbatim(message), advice: null, exitCode: 1, signal: null, lines: output },
  versions: {
    headroom: '0',
    backend: null,
    python: null,
    torch: null,
    cuda: null,
    driver: null,
    node: '20',
    system: 'linux',
  },
  settings: { desired: defaultSettings, running: null, overrides: { LBS_DB_PATH: '/home/maria/r.db' } },
  memory: { limits: [], backend: null, ticks: [], processes: [] },
  output,
});

let folder: string;
beforeEach(async () => {
  notSaved = [];
  folder = await mkdtemp(join(tmpdir(), 'headroom-crashes-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('crash reports', () => {
  it('are listed newest first with their frequency, and read back completely', async () => {
    const crashes = createCrashes({ folder: join(folder, 'new'), person, onNotSaved });
    expect(await crashes.list()).toEqual([]);
    for (const message of ['First.', 'Second.']) await crashes.record(evidence(message, Array(300).fill('line')));
    const [second, first] = await crashes.list();
    expect(second).toMatchObject({ sentence: verbatim('Second.'), lastHour: 2, damaged: false });
    expect(first).toMatchObject({ sentence: verbatim('First.'), lastHour: 1 });
    const report = await crashes.get(first?.id ?? '');
    expect(report).toMatchObject({ kind: 'crash', time: first?.time, settings: { desired: defaultSettings } });
    expect(report.output).toHaveLength(200);
    await crashes.delete(first?.id ?? '');
    expect(await crashes.list()).toEqual([second]);
    await expect(crashes.get(first?.id ?? '')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('contain none of the variables of a backend', async () => {
    const crashes = createCrashes({ folder, person, secrets: () => ['passphrase', 'pass phrase'], onNotSaved });
    await crashes.record(
      evidence('It said pass phrase.', ['logging in with pass phrase', Buffer.from('x:passphrase').toString('base64')]),
    );
    const [row] = await crashes.list();
    expect(JSON.stringify(await crashes.get(row?.id ?? ''))).not.toMatch(/pass|phrase/);
    expect(row?.sentence?.text).toBe('It said [removed].');
  });

  it('that are damaged stay and are listed until the person deletes them', async () => {
    const crashes = createCrashes({ folder, person, onNotSaved });
    const { id } = nextName('crash');
    await writeFile(join(folder, `${id}.json`), '{"kind": "crash", "ti');
    await crashes.record(evidence());
    expect((await crashes.list())[1]).toMatchObject({ id, damaged: true, sentence: null });
    await expect(crashes.export(id)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('kept'),
    });
    expect(await readdir(folder)).toContain(`${id}.json`);
    await crashes.delete(id);
    expect(await crashes.list()).toHaveLength(1);
  });

  it('contain no token on disk, and no personal data in exports', async () => {
    const crashes = createCrashes({ folder, person, onNotSaved });
    const lines = [
      `LBS_TOKEN=${token} Authorization: Bearer ${token}`,
      `http://127.0.0.1/?token=${token}`,
      'hf_abcdefghijkl by maria in /home/maria/models, not in marianne',
    ];
    await crashes.record(evidence(`A sentence with ${token}.`, lines));
    const [row] = await crashes.list();
    expect(await readFile(join(folder, `${row?.id}.json`), 'utf8')).not.toMatch(/ab12|hf_a/);
    const { name, text } = await crashes.export(row?.id ?? '');
    expect(name).toMatch(/^headroom-.*-crash\.json$/);
    expect(text).not.toMatch(/ab12|hf_a|maria\b/);
    expect(JSON.parse(text)).toMatchObject({
      settings: { overrides: { LBS_DB_PATH: '~/r.db' } },
      output: [expect.any(String), expect.any(String), '[removed] by ~ in ~/models, not in marianne'],
    });
  });

  it('do no harm where the disk fails, and say so', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await createCrashes({ folder: join(folder, 'file'), person, onNotSaved }).record(evidence())).toBeNull();
    expect(notSaved).toEqual([expect.stringContaining('could not be saved')]);
  });
});

describe('pruning', () => {
  const fill = async (count: number, bytes: number) => {
    for (let i = 0; i < count; i += 1) await writeFile(join(folder, `${nextName('crash').id}.json`), 'x'.repeat(bytes));
    return idsIn(folder, 'crash');
  };

  it('keeps the newest by number and size, and always the newest of all', async () => {
    await writeFile(join(folder, 'notes.json'), 'x'.repeat(9_000));
    const ids = await fill(6, 100);
    await prune(folder, 'crash', 5, 10_000);
    expect(await idsIn(folder, 'crash')).toEqual(ids.slice(0, 5));
    await prune(folder, 'crash', 5, 350);
    expect(await idsIn(folder, 'crash')).toEqual(ids.slice(0, 3));
    await prune(folder, 'crash', 5, 1);
    expect(await idsIn(folder, 'crash')).toEqual(ids.slice(0, 1));
    expect(await readdir(folder)).toContain('notes.json');
  });

  it('names contain their time and sort by it', () => {
    const [one, two] = [nextName('crash'), nextName('crash')];
    expect(timeOf(one.id)).toBe(one.time);
    expect(one.id < two.id).toBe(true);
    expect(timeOf('../x-crash')).toBeNull();
  });
});
