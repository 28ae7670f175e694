import { createControlPlane } from '../../electron/core/control-plane.ts';

/** The result: CPU of one core, bytes, and the state of telemetry. */
export interface Idle {
  percent: number;
  rss: number;
  reachedMs: number | null;
  costPercent: number | null;
  gpus: number;
}

/**
 * The whole core in its own process as it is shipped: one bundle, without the work of a test runner. Its one page is hidden;
 * it polls every `hiddenMs`, or as by default. Prints `measuring`, and one line of JSON in the end.
 */
const [home = '', resources = '', minutes = '', hiddenMs] = process.argv.slice(2);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(done: () => boolean) {
  const end = performance.now() + 60_000;
  while (!done()) {
    if (performance.now() > end) throw new Error(`Not so within a minute: ${done}`);
    await sleep(100);
  }
}

async function measure() {
  const plane = await createControlPlane({
    env: process.env,
    platform: process.platform,
    home,
    shell: 'serve',
    version: '0',
    resources,
    ...(hiddenMs ? { periods: { hidden: Number(hiddenMs) } } : {}),
  });
  try {
    await plane.start();
    plane.attend(Symbol('measure'), 'hidden');
    await until(() => plane.state().backend.worker === 'idle' && plane.state().warm.state === 'warm');
    await until(() => !plane.state().checks.running && plane.stream('ticks').backlog().length > 0);
    await sleep(10_000);
    console.log('measuring');
    const [before, from] = [process.cpuUsage(), performance.now()];
    await sleep(Number(minutes) * 60_000);
    const { user, system } = process.cpuUsage(before);
    const percent = ((user + system) / 1000 / (performance.now() - from)) * 100;
    const { reachedMs, costPercent } = plane.state().telemetry.collection;
    const gpus = plane.stream('ticks').backlog().at(-1)?.gpus.length ?? 0;
    const told: Idle = { percent, rss: process.memoryUsage().rss, reachedMs, costPercent, gpus };
    console.log(JSON.stringify(told));
  } finally {
    await plane.stop();
  }
}

void measure();
