import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PanelError } from '#contract';
import { version } from '../../package.json';
import { dataFolder } from '../core/base/index.ts';
import { alreadyRunning, claimFolder, type Holder } from '../core/claim/index.ts';
import { createControlPlane } from '../core/control-plane.ts';
import { forkScan } from '../core/models/index.ts';
import { openBrowser } from '../core/page/index.ts';
import { createEntrance } from './entrance.ts';
import { createMetrics } from './metrics.ts';
import { say } from './sentences.ts';
import { startServer } from './server.ts';

/** Longer than the supervisor takes to kill what does not exit by itself. */
const STOP_MS = 30_000;

/** Reads `--port N`, `--no-open` and `--metrics`. Throws a PanelError. */
function readArguments(words: readonly string[]) {
  const place = words.indexOf('--port');
  const text = place === -1 ? '0' : (words[place + 1] ?? '');
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new PanelError('invalid_input', say('portArgument', { text }));
  return { port, open: !words.includes('--no-open'), metrics: words.includes('--metrics') };
}

async function main(): Promise<void> {
  const { port, open, metrics } = readArguments(process.argv.slice(2));
  const { env, platform } = process;
  const folder = dataFolder(env, platform, homedir());
  const { claim, holder } = await claimFolder({ folder, platform, env, shell: 'serve' });
  if (!claim) return openRunning(holder, open);
  // out/main/serve.js: python/ and assets/ are next to out/.
  const resources = process.env.HEADROOM_RESOURCES ?? resolve(__dirname, '..', '..');
  const plane = await createControlPlane({
    env,
    platform,
    home: homedir(),
    shell: 'serve',
    runFolder: claim.run,
    scanProcess: () => forkScan(join(__dirname, 'scan.js')),
    version,
    resources,
  });
  const entrance = createEntrance();
  const server = await startServer({
    plane,
    entrance,
    page: join(__dirname, '..', 'renderer'),
    port,
    metrics: metrics ? createMetrics(plane) : null,
  });
  let ending = false;
  const end = async () => {
    // A second Ctrl+C exits at once: the guardian terminates the backend.
    if (ending) process.exit(130);
    ending = true;
    console.log('headroom: stopping the backend (press Ctrl+C again to exit at once)');
    await server.close();
    // A process that waits for a dead disk cannot be killed; the guardian terminates it when the disk answers.
    const problem = await Promise.race([
      plane.stop().then(
        () => null,
        (error) => PanelError.from(error).message,
      ),
      sleep(STOP_MS, 'the backend does not exit; leaving it to its guardian'),
    ]);
    if (problem !== null) console.error(`headroom: ${problem}`);
    await claim.release();
    process.exit(problem === null ? 0 : 1);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end());

  // The address first: what follows reads disks that may be slow.
  const url = `http://127.0.0.1:${server.port}/?token=${entrance.token}`;
  claim.publish(url);
  console.log(url);
  if (open) await show(url);
  await plane.start();
}

async function show(url: string): Promise<void> {
  const hasDisplay = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (hasDisplay) await openBrowser(url);
}

/** Shows the panel that is already running: two panels on one data folder would start two backends. */
async function openRunning(holder: Holder, open: boolean): Promise<void> {
  console.log(`headroom: ${alreadyRunning(holder).text} Set HEADROOM_HOME to use another data folder.`);
  if (holder.url === null) return;
  console.log(holder.url);
  if (open) await show(holder.url);
}

main().catch((error: unknown) => {
  const { message, details } = PanelError.from(error);
  console.error(`headroom: ${message}`);
  // A thread that waits for a dead disk would keep process.exit() from returning.
  if (details?.blocked) process.kill(process.pid, 'SIGKILL');
  process.exit(1);
});
