import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type GpuProcess, protectionReasons } from '#contract';
import { gpuProcess } from '#samples';
import { processOf } from '../../proc/index.ts';
import { endGpuProcess } from './end-process.ts';

const PATIENCE = { termMs: 300, killMs: 2_000 };
let child: ChildProcess;
afterEach(() => {
  vi.restoreAllMocks();
  child.kill('SIGKILL');
});

/** A real process that ignores TERM, as nvidia-smi would list it. */
async function onGpu(): Promise<GpuProcess> {
  child = spawn('sh', ['-c', "trap '' TERM; echo there; while :; do sleep 0.05; done"], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const startTime = (await processOf(child.pid ?? 0))?.startTime ?? null;
  return gpuProcess({ pid: child.pid ?? 0, name: 'sh', user: 'alice', since: 1, startTime, usedMiB: 5 });
}
const asked = ({ pid, startTime }: GpuProcess) => ({ pid, startTime: startTime ?? 0 });
const lives = async () => (await processOf(child.pid ?? 0)) !== null;

describe.runIf(process.platform === 'linux')('one process on a GPU', () => {
  it('is terminated, and the list is queried again', async () => {
    const one = await onGpu();
    let looks = 0;
    const list = async () => {
      looks += 1;
      return [one];
    };
    await endGpuProcess(list, asked(one), PATIENCE);
    expect(await lives()).toBe(false);
    expect(looks).toBe(2);
  });

  it('is not terminated where it is no longer on a GPU, or is another process', async () => {
    const one = await onGpu();
    await expect(endGpuProcess(async () => [], asked(one), PATIENCE)).rejects.toMatchObject({ code: 'not_found' });
    const shown = { pid: one.pid, startTime: asked(one).startTime - 1 };
    await expect(endGpuProcess(async () => [one], shown, PATIENCE)).rejects.toMatchObject({ code: 'refused' });
    expect(await lives()).toBe(true);
  });

  it('is not terminated where it is protected, and a sentence says why', async () => {
    const one = await onGpu();
    for (const protection of protectionReasons) {
      const refused = endGpuProcess(async () => [{ ...one, protection }], asked(one), PATIENCE);
      await expect(refused).rejects.toMatchObject({ code: 'refused', message: expect.stringMatching(/^.+ \d+ .+\.$/) });
    }
    expect(await lives()).toBe(true);
  });

  it('is not terminated where its pid was reused since it was listed', async () => {
    const one = await onGpu();
    // The listed process has exited: its pid was reused.
    const before = { ...one, startTime: asked(one).startTime - 1 };
    await endGpuProcess(async () => [before], asked(before), PATIENCE);
    expect(await lives()).toBe(true);
  });

  it('is not terminated where it has changed its user', async () => {
    const one = await onGpu();
    vi.spyOn(process, 'getuid').mockReturnValue((process.getuid?.() ?? 0) + 1);
    await expect(endGpuProcess(async () => [one], asked(one), PATIENCE)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('another user'),
    });
    expect(await lives()).toBe(true);
  });
});
