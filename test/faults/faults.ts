import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { Run } from '#contract';
import { type ControlPlane, createControlPlane } from '../../electron/core/control-plane.ts';
import { panelEnvironment, putToy, python, root } from '../fixtures/panel.ts';
import { carrying, parentOf, wordsOf } from '../fixtures/processes.ts';

const full = process.env.HEADROOM_FAULTS === 'full';

/** A time limit that `npm run faults` checks; `npm test` runs other suites in parallel and only catches hangs. */
export const within = (ms: number) => (full ? ms : 5 * ms);

/** `npm run faults` runs each as often as the table says, `npm test` a few times. */
export const times = (short: number, many: number) => (full ? many : short);

/** A failure names its round; the number of rounds is printed at the end. */
export async function rounds(name: string, count: number, round: (number: number) => Promise<void>): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    try {
      await round(number);
    } catch (error) {
      throw new Error(`${name}, round ${number} of ${count}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }
  console.log(`${name}: ${count} rounds held`);
}

export const random = (from: number, to: number) => from + Math.random() * (to - from);
export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
export const SOON = { timeout: 30_000, interval: 20 };

/** Our own server with a worker without torch that does what its model's name says (python/tests/support/fake_worker.py). */
const light = `
import os, signal, sys, time
server = sys.argv[-1].endswith('server.py') and not any(one.endswith('launcher.py') for one in sys.argv)
if server and os.environ.get('FAULT_CHILDREN') and os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if os.fork() == 0:
        os.setsid()
    time.sleep(300); os._exit(0)
code = ("import sys; sys.path.insert(0, FOLDER); from lbs.server.serving import serve; from lbs.settings import Settings; "
        "serve(Settings.load(), (sys.executable, '-u', '-m', 'tests.support.fake_worker'))")
os.execv(PYTHON, [PYTHON, *(['-u', '-c', code] if server else sys.argv[1:])])
`;

/** Variables with which a panel starts the light backend instead of the real one. */
export async function lightBackend(home: string): Promise<Record<string, string>> {
  const file = join(home, 'python');
  const folder = join(root, 'python');
  const text = light.replaceAll('FOLDER', `'${folder}'`).replaceAll('PYTHON', JSON.stringify(python));
  await writeFile(file, `#!${python}\n${text}`, { mode: 0o755 });
  return { HEADROOM_PYTHON: file };
}

export interface World {
  home: string;
  env: NodeJS.ProcessEnv;
  /** Every process of this data folder, guardians and streams included. */
  processes(): number[];
  /** The backends among them; with torch their workers, since a spare server looks like an active one. */
  backends(): number[];
  remove(): Promise<void>;
}

/** A data folder and the environment of a panel in it. `torch`: the real backend with the toy model and warm workers. */
export async function makeWorld(kind: 'light' | 'torch', more: Record<string, string> = {}): Promise<World> {
  const home = await mkdtemp(join(tmpdir(), 'headroom-fault-'));
  if (kind === 'torch') await putToy(home);
  const own: Record<string, string> = kind === 'light' ? await lightBackend(home) : { LBS_WARM_WORKERS: '1' };
  const processes = () => carrying(`HEADROOM_HOME=${home}`);
  const word = kind === 'light' ? 'lbs.server.serving' : '-m lbs.worker';
  return {
    home,
    env: panelEnvironment(home, { ...own, ...more }),
    processes,
    backends() {
      const found = processes().filter((pid) => wordsOf(pid).join(' ').includes(word));
      // A child of a backend has its command line until it has called exec.
      return found.filter((pid) => !found.includes(parentOf(pid) ?? 0));
    },
    remove: () => rm(home, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** A control plane in this process whose backend is starting. */
export async function startPlane(world: World): Promise<ControlPlane> {
  const plane = await createControlPlane({
    env: world.env,
    platform: process.platform,
    home: world.home,
    shell: 'serve',
    version: '0',
    resources: root,
  });
  await plane.start();
  return plane;
}

/** Runs `act` with a control plane whose backend is ready, then stops it and checks that nothing is left. */
export async function withPlane(world: World, body: (plane: ControlPlane) => Promise<void>): Promise<void> {
  const plane = await startPlane(world);
  try {
    await isReady(plane);
    await body(plane);
  } finally {
    await plane.stop();
  }
  expect(world.processes(), 'what the panel left behind').toEqual([]);
}

/** Backend and worker are ready. */
export const isReady = (plane: ControlPlane) =>
  vi.waitFor(() => expect(plane.state().backend).toMatchObject({ phase: 'ready', worker: 'idle' }), SOON);

/** A model folder: its name tells the light worker what to do; the real worker gets the toy. */
export async function model(
  world: World,
  name: 'good' | 'waits' | 'eats' | 'steps-slow' | 'tiny-llama',
): Promise<string> {
  const folder = join(world.home, 'models', name);
  if (name === 'tiny-llama') return folder;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), '{"model_type": "llama"}');
  await writeFile(join(folder, 'tokenizer.json'), '{}');
  const header = '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  await writeFile(join(folder, 'model.safetensors'), Buffer.concat([length, Buffer.from(`${header}\0`)]));
  return folder;
}

export async function submit(plane: ControlPlane, path: string): Promise<string> {
  const parameters = { context_lengths: [256], depths: [50], task_types: ['single_needle_retrieval' as const] };
  const { req_id } = await plane.handlers['runs.submit']({ model: path, dataset: 'NeedleInAHaystack', parameters });
  return req_id;
}

export const waitRun = (plane: ControlPlane, reqId: string, status: Run['status']) =>
  vi.waitFor(async () => {
    const run = await plane.handlers['runs.get']({ req_id: reqId });
    expect(run).toMatchObject({ status });
    return run;
  }, SOON);
