import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type PanelState, type RecordingState, readRecording, type Tick } from '#contract';
import { gpuProcess, gpuSample, tickOf } from '#samples';
import { createStream } from '../../electron/core/base/streams.ts';
import { createRecording, type RecordingRoom } from '../../electron/core/recording/index.ts';
import type { ControlPlane } from '../../electron/core/session/plane.ts';
import { createHub, type Hub } from '../../electron/core/state/index.ts';
import { panelState, recordedName, runOf } from '../fixtures/recorded.ts';

const WAIT = { timeout: 60_000, interval: 20 };

let folder: string;
let hub: Hub;
let states: RecordingState[];
let backlog: Tick[];
let ticks: ReturnType<typeof createStream<'ticks'>>;
let log: ReturnType<typeof createStream<'log'>>;
let runs: ReturnType<typeof createStream<'runs'>>;
let recording: RecordingRoom;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'headroom-recording-')), 'recordings');
  states = [];
  backlog = [];
  hub = createHub(panelState());
  ticks = createStream<'ticks'>(() => backlog);
  log = createStream<'log'>(() => ['before\n']);
  runs = createStream<'runs'>(() => [runOf()]);
  const streams = { ticks, log, runs };
  const plane = {
    state: hub.state,
    onState: hub.onState,
    attend: () => undefined,
    stream: (name: keyof typeof streams) => streams[name],
  } as unknown as ControlPlane;
  recording = createRecording({
    folder,
    version: '1.2.3',
    person: { home: '/home/alice', names: ['alice', 'server'] },
    secrets: () => ['open sesame'],
    source: () => plane,
    onChange: (next) => states.push(next),
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await recording.close();
  await rm(join(folder, '..'), { recursive: true, force: true });
});

const openFile = async (name: string) => readRecording(new Blob([new Uint8Array(await readFile(join(folder, name)))]));
const record = async (during: () => Promise<void> | void) => {
  await recording.start();
  await during();
  const file = await recording.stop();
  return { file, read: await openFile(file.name) };
};
const textOf = (read: Awaited<ReturnType<typeof openFile>>) => read.log.map(({ value }) => value).join('');

describe('a recording of a session', () => {
  it('holds the backlog and what followed, and reads back unchanged', async () => {
    backlog = Array.from({ length: 1_200 }, (_, i) => tickOf(1_000 + i, gpuSample({ memoryUsedMiB: i })));
    const later = tickOf(9_000, gpuSample({ memoryUsedMiB: 77, reasons: { fanSpeed: 'not_supported' } }));
    const warm = { state: 'warm', rssMiB: 5, seconds: 1, sentence: null } as const;
    const { file, read } = await record(() => {
      ticks.push(later);
      log.push('during\n');
      runs.push(runOf({ status: 'completed', result: { score: 1 } }));
      hub.set({ warm });
    });
    expect(read.ticks).toEqual([...backlog, later]);
    expect(textOf(read)).toBe('before\nduring\n');
    expect(read.runs.map(({ value }) => value.status)).toEqual(['processing', 'completed']);
    expect(read.state.get('warm')?.map(({ value }) => value)).toEqual([panelState().warm, warm]);
    expect(read.header).toMatchObject({ headroom: '1.2.3' });
    expect(read.truncated).toBe(false);
    const about = await stat(join(folder, file.name));
    expect(about.mode & 0o777).toBe(0o600);
    expect(file.bytes).toBe(about.size);
    expect(await recording.list()).toEqual([file]);
  });

  it('contains a part of the state only when it has changed', async () => {
    const { read } = await record(async () => {
      for (let i = 0; i < 20; i += 1) {
        // The same again, as a new object.
        hub.set({ telemetry: structuredClone(hub.state().telemetry) });
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
    });
    for (const [key, values] of read.state) expect([key, values.length]).toEqual([key, 1]);
    expect(read.state.get('recording')?.[0]?.value).toEqual({ on: null, ended: null });
  });

  it('holds neither the person’s name nor a secret, and stays valid for any name', async () => {
    const id = '0123456789abcdef0123456789abcdef';
    const process = gpuProcess({ user: 'alice', command: 'python /home/alice/run.py', role: 'server', name: 'server' });
    hub.set({
      app: { ...hub.state().app, dataFolder: '/home/alice/.local' },
      telemetry: { ...hub.state().telemetry, processes: [process] },
    });
    const { file, read } = await record(async () => {
      log.push('cd /home/al');
      await new Promise((resolve) => setTimeout(resolve, 120));
      log.push('ice/x; HF_TOKEN=hf_abcdefghijk; open ses');
      await new Promise((resolve) => setTimeout(resolve, 120));
      log.push('ame\n');
      runs.push(runOf({ req_id: id, model: '/home/alice/models/toy', status: 'failed', error: `token=${id}` }));
    });
    const text = gunzipSync(await readFile(join(folder, file.name))).toString();
    expect(text).not.toMatch(/alice|sesame|hf_abc/);
    expect(textOf(read)).toContain('cd ~/x; HF_TOKEN=[removed]; [removed]\n');
    expect(read.runs.at(-1)?.value).toMatchObject({ req_id: id, model: '~/models/toy', error: 'token=[removed]' });
    const telemetry = read.state.get('telemetry')?.[0]?.value as PanelState['telemetry'];
    expect(telemetry.processes[0]).toMatchObject({ user: '~', command: 'python ~/run.py', role: 'server' });
  });

  it('skips and counts a run that is larger than a line may be', async () => {
    const { read } = await record(() => {
      runs.push(runOf({ req_id: 'huge', result: { text: 'x'.repeat(5 * 2 ** 20) } }));
      runs.push(runOf({ req_id: 'next' }));
    });
    expect(read.runs.map(({ value }) => value.req_id)).toEqual(['run-1', 'next']);
  });

  it('keeps up with a flood of output, or reports what it lost', async () => {
    const block = 'y'.repeat(1_023);
    const { read } = await record(async () => {
      for (let i = 0; i < 8_000; i += 1) {
        log.push(`${block}\n`);
        if (i % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    });
    const kept = textOf(read).length - 'before\n'.length;
    const dropped = read.log.reduce((sum, piece) => sum + piece.dropped, 0);
    expect(kept).toBeGreaterThan(0);
    expect(kept + dropped).toBe(8_000 * 1_024);
  });
});

describe('one at a time', () => {
  it('is in progress; the state has its growing size', async () => {
    await expect(recording.stop()).rejects.toMatchObject({ code: 'not_ready' });
    await recording.start();
    await expect(recording.start()).rejects.toMatchObject({ code: 'busy' });
    const { on } = recording.state();
    expect(states).toHaveLength(1);
    expect(on?.name).toMatch(/^\d{4}-.*Z\.headroom\.gz$/);
    expect(await recording.list()).toEqual([]);
    await expect(recording.delete(on?.name ?? '')).rejects.toMatchObject({ code: 'busy' });
    await vi.waitFor(() => expect(recording.state().on?.bytes).toBeGreaterThan(100), WAIT);
    await vi.waitFor(() => expect(states.length).toBeGreaterThan(1), WAIT);
    await recording.stop();
    expect(states.at(-1)).toEqual({ on: null, ended: null });
  });

  it('is readable as far as it was written, as after a SIGKILL', async () => {
    await recording.start();
    ticks.push(tickOf(5, gpuSample({ memoryUsedMiB: 3 })));
    const name = recording.state().on?.name ?? '';
    await vi.waitFor(async () => expect((await openFile(name)).ticks).toHaveLength(1), WAIT);
    expect((await openFile(name)).truncated).toBe(true);
  });

  it('ends by itself where the disk fails, and says so', async () => {
    await mkdir(folder, { recursive: true });
    vi.spyOn(Date.prototype, 'toISOString').mockReturnValue('2026-01-01T00:00:00.000Z');
    await writeFile(join(folder, recordedName), 'mine');
    await recording.start();
    await vi.waitFor(() => expect(states.at(-1)?.on).toBeNull(), WAIT);
    expect(states.at(-1)?.ended).toMatchObject({
      name: recordedName,
      why: { text: expect.stringContaining('EEXIST') },
    });
    expect(await readFile(join(folder, recordedName), 'utf8')).toBe('mine');
    await expect(recording.stop()).rejects.toMatchObject({ code: 'not_ready' });
  });

  it("ends by itself before it exceeds the reader's bounds, and stays", async () => {
    await recording.start();
    const name = recording.state().on?.name ?? '';
    const result = { text: 'z'.repeat(3 * 2 ** 20) };
    for (let i = 0; i < 70; i += 1) {
      runs.push(runOf({ result }));
      if (i % 4 === 3) await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await vi.waitFor(() => expect(states.at(-1)?.ended?.why.code).toBe('recording.sizeLimit'), WAIT);
    expect(states.at(-1)).toMatchObject({ on: null, ended: { name } });
    const read = await vi.waitFor(
      async () => {
        const opened = await openFile(name);
        expect(opened.truncated).toBe(false);
        return opened;
      },
      { timeout: 100_000, interval: 500 },
    );
    // At the latest with the 63rd; earlier where the disk is slow, because what is not packed yet counts as it is.
    expect(read.runs.length).toBeGreaterThan(20);
    expect(read.runs.length).toBeLessThanOrEqual(64);
  }, 180_000);

  it('fails to start where its folder cannot be created', async () => {
    await writeFile(folder, 'a file');
    await expect(recording.start()).rejects.toMatchObject({ code: 'refused' });
    expect(recording.state().on).toBeNull();
  });
});

describe('the files', () => {
  it('are read in pieces, and deleted', async () => {
    await mkdir(folder, { recursive: true });
    const bytes = Buffer.from(Array.from({ length: 1_300_000 }, (_, i) => (i * 7_919) % 251));
    await writeFile(join(folder, recordedName), bytes);
    const pieces: Buffer[] = [];
    for (let offset: number | null = 0; offset !== null; ) {
      const piece = await recording.read({ name: recordedName, offset });
      pieces.push(Buffer.from(piece.base64, 'base64'));
      offset = piece.next;
    }
    expect(pieces.map((piece) => piece.length)).toEqual([524_288, 524_288, 251_424]);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    expect(await recording.read({ name: recordedName, offset: 9e9 })).toEqual({ base64: '', next: null });
    await recording.delete(recordedName);
    expect(await recording.list()).toEqual([]);
  });

  it.each([
    '..',
    '.',
    '../settings.json',
    'settings.json',
    '.headroom.gz',
    '..headroom.gz',
    'a/b.headroom.gz',
    'none.headroom.gz',
  ])('of the name %s are none', async (name) => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, '..', 'settings.json'), '{}');
    await expect(recording.read({ name, offset: 0 })).rejects.toMatchObject({ code: 'not_found' });
    if (name !== 'none.headroom.gz') await expect(recording.delete(name)).rejects.toMatchObject({ code: 'not_found' });
    expect(await readFile(join(folder, '..', 'settings.json'), 'utf8')).toBe('{}');
  });

  it('that are links or folders are neither listed nor read', async () => {
    await mkdir(join(folder, `b${recordedName}`), { recursive: true });
    await writeFile(join(folder, '..', 'secret'), 'secret');
    await symlink(join(folder, '..', 'secret'), join(folder, recordedName));
    expect(await recording.list()).toEqual([]);
    await expect(recording.read({ name: recordedName, offset: 0 })).rejects.toMatchObject({ code: 'not_found' });
  });
});
