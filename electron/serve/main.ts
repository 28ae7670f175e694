import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { PanelError } from '#contract';
import { version } from '../../package.json';
import { alreadyRunning, claimFolder, dataFolder, type Holder } from '../core/base/index.ts';
import { createControlPlane } from '../core/control-plane.ts';
import { openBrowser } from './browser.ts';
import { createEntrance } from './entrance.ts';
import { createMetrics } from './metrics.ts';
import { say } from './sentences.ts';
import { startServer } from './server.ts';

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
  const { claim, holder } = await claimFolder(dataFolder(process.env, process.platform, homedir()), process.platform);
  if (!claim) return openRunning(holder, open);
  // out/main/serve.js: python/ and assets/ are next to out/.
  const resources = process.env.HEADROOM_RESOURCES ?? resolve(__dirname, '..', '..');
  const plane = await createControlPlane({
    env: process.env,
    platform: process.platform,
    home: homedir(),
    shell: 'serve',
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
    await plane.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end());

  await plane.start();
  const url = `http://127.0.0.1:${server.port}/?token=${entrance.token}`;
  claim.publish(url);
  console.log(url);
  if (open) await show(url);
}

async function show(url: string): Promise<void> {
  const hasDisplay = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (hasDisplay) await openBrowser(url, join(dataFolder(process.env, process.platform, homedir()), 'run'));
}

/** Opens the panel that is already running: two panels on one data folder would start two backends. */
async function openRunning({ pid, url }: Holder, open: boolean): Promise<void> {
  if (url === null) throw alreadyRunning(pid);
  console.log(
    `headroom: already running (process ${pid}) at the address below. Set HEADROOM_HOME to use another data folder.`,
  );
  console.log(url);
  if (open) await show(url);
}

main().catch((error: unknown) => {
  console.error(`headroom: ${PanelError.from(error).message}`);
  process.exit(1);
});
