import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { PanelError } from '#contract';
import { version } from '../../package.json';
import { alreadyRunning, claimFolder, dataFolder, type Holder } from '../core/base/index.ts';
import { createControlPlane } from '../core/control-plane.ts';
import { openBrowser } from './browser.ts';
import { createEntrance } from './entrance.ts';
import { createMetrics } from './metrics.ts';
import { startServer } from './server.ts';

/** `--port N`, `--no-open` and `--metrics`; fails with a PanelError. */
function readArguments(words: readonly string[]) {
  const place = words.indexOf('--port');
  const text = place === -1 ? '0' : (words[place + 1] ?? '');
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new PanelError('invalid_input', `--port wants a number from 0 to 65535, not "${text}".`);
  return { port, open: !words.includes('--no-open'), metrics: words.includes('--metrics') };
}

async function main(): Promise<void> {
  const { port, open, metrics } = readArguments(process.argv.slice(2));
  const { claim, holder } = await claimFolder(dataFolder(process.env, process.platform, homedir()), process.platform);
  if (!claim) return pointTo(holder, open);
  // out/main/serve.js: python/ and assets/ lie beside out/.
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
    // A second Ctrl+C does not wait: the guardian sees to what is left.
    if (ending) process.exit(130);
    ending = true;
    console.log('headroom: stopping the backend (once more to leave at once)');
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

/** Never two backends on one data folder: the panel that runs is shown in the place of another. */
async function pointTo({ pid, url }: Holder, open: boolean): Promise<void> {
  if (url === null) throw alreadyRunning(pid);
  console.log(
    `headroom: runs already (process ${pid}), at the address below. HEADROOM_HOME names another data folder.`,
  );
  console.log(url);
  if (open) await show(url);
}

main().catch((error: unknown) => {
  console.error(`headroom: ${PanelError.from(error).message}`);
  process.exit(1);
});
