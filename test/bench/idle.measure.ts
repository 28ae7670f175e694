import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { bundle } from '#bundle';
import { makeWorld, sleep, type World } from '../faults/faults.ts';
import { root } from '../fixtures/panel.ts';
import { wordsOf } from '../fixtures/processes.ts';

/** All processes of a hidden panel together, while nothing happens; HEADROOM_IDLE_MINUTES changes how long. */
const MINUTES = Number(process.env.HEADROOM_IDLE_MINUTES ?? 2);
const MOST_MS_PER_S = 4;

it('the panel and its backend cost little while the page is hidden', async () => {
  const world = await makeWorld('torch');
  const outDir = join(root, 'out', 'bench');
  try {
    const script = await bundle(join(root, 'test', 'bench', 'idle-core.ts'), outDir);
    const core = spawn(process.execPath, [script, world.home, root, String(MINUTES)], {
      env: { ...world.env, HEADROOM_HOME: world.home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = new Promise((resolve) => core.once('exit', resolve));
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: core.stdout }).on('line', (line) => line === 'measuring' && resolve());
      core.once('exit', () => reject(new Error('The core exited before it was idle.')));
    });
    const seconds = MINUTES * 60 - 5;
    const before = cpuMs(world);
    await sleep(seconds * 1_000);
    const costs = [...cpuMs(world)].map(([name, ms]) => [name, (ms - (before.get(name) ?? 0)) / seconds] as const);
    // The emulator in Python stands for nvidia-smi, which is the driver's.
    const ours = costs.filter(([name]) => !name.includes('nvidia_smi_emulator')).reduce((sum, [, ms]) => sum + ms, 0);
    for (const [name, ms] of costs) console.log(`  ${name}: ${ms.toFixed(2)} ms/s`);
    console.log(`idle and hidden for ${seconds} s: ${ours.toFixed(2)} ms/s of CPU (${MOST_MS_PER_S} at most)`);
    core.kill('SIGKILL');
    await gone;
    expect(ours).toBeLessThan(MOST_MS_PER_S);
  } finally {
    await rm(outDir, { recursive: true, force: true });
    await world.remove();
  }
});

/** Milliseconds of CPU of each program, in the kernel's nanoseconds: its ticks of 10 ms are too coarse. */
function cpuMs(of: World): Map<string, number> {
  const found = new Map<string, number>();
  for (const pid of of.processes()) {
    const words = wordsOf(pid);
    const name = words
      .filter((word) => !word.startsWith('/tmp') && !/^[0-9a-f]{32}$/.test(word))
      .map((word) => word.split('/').at(-1))
      .join(' ');
    const tasks = readdirSync(`/proc/${pid}/task`).map((task) => runTime(`/proc/${pid}/task/${task}/schedstat`));
    found.set(name, (found.get(name) ?? 0) + tasks.reduce((sum, ms) => sum + ms, 0));
  }
  return found;
}

const runTime = (file: string) => Number(readFileSync(file, 'utf8').split(' ')[0]) / 1e6;
