import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { app, BrowserWindow, dialog, Menu, powerMonitor } from 'electron';
import { PanelError } from '#contract';
import { dataFolder } from '../core/base/index.ts';
import { alreadyRunning, type Claim, claimFolder, type Holder } from '../core/claim/index.ts';
import { type ControlPlane, createControlPlane } from '../core/control-plane.ts';
import { openBrowser } from '../core/page/index.ts';
import { serveIpc } from './ipc.ts';
import { showNotifications } from './notify.ts';
import { registerScheme, serveScheme } from './protocol.ts';
import { startScan } from './scan.ts';
import { lockDown, lockSession } from './security.ts';
import { bringUp, openWindow } from './window.ts';

const STOP_MS = 15_000;

/** The desktop app: one window over one control plane, and a quit that leaves nothing behind. */
export async function runDesktop(): Promise<void> {
  // The panel itself uses no GPU memory: drawing is cheap enough for a CPU.
  app.disableHardwareAcceleration();
  registerScheme();
  lockDown();
  // Everything that Headroom writes is in one folder, Chromium's profile included.
  const { env, platform } = process;
  const folder = dataFolder(env, platform, homedir());
  app.setPath('userData', join(folder, 'electron'));
  // Instead of Electron's own lock, which another machine that shares the home folder can hold, and which says nothing.
  const { claim, holder } = await claimFolder({ folder, platform, env, shell: 'desktop' });
  if (!claim) return showRunning(holder);
  await app.whenReady();
  Menu.setApplicationMenu(null);
  lockSession();
  serveScheme(join(__dirname, '..', 'renderer'));

  const plane = await createControlPlane({
    env,
    platform,
    home: homedir(),
    shell: 'desktop',
    runFolder: claim.run,
    scanProcess: () => startScan(join(__dirname, 'scan.js')),
    version: app.getVersion(),
    resources: app.isPackaged ? process.resourcesPath : resolve(__dirname, '..', '..'),
    pickFolder,
    close: () => leave('person'),
  });
  const stopIpc = serveIpc(plane);
  const window = openWindow(join(__dirname, '..', 'preload', 'preload.js'));
  showNotifications(window);
  claim.onSecond(() => bringUp(window));
  const leave = quitCleanly(plane, window, stopIpc, claim);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => leave('system'));
  // Log-out and shutdown: an event of the window on Windows, of the power monitor elsewhere.
  window.on('session-end', () => leave('system'));
  powerMonitor.on('shutdown', () => leave('system'));
  await plane.start();
}

/** Says where the panel is that holds this data folder, and opens it: two would start two backends. */
async function showRunning(holder: Holder): Promise<void> {
  const { text } = alreadyRunning(holder);
  console.log(`headroom: ${text}`);
  if (holder.url !== null) {
    console.log(holder.url);
    await openBrowser(holder.url);
    await app.whenReady();
    // A start from an icon has no terminal.
    await dialog.showMessageBox({ message: 'Headroom', detail: `${text}\n${holder.url}` });
  }
  app.exit(0);
}

async function pickFolder(): Promise<string | null> {
  const [window] = BrowserWindow.getAllWindows();
  const options = { properties: ['openDirectory' as const] };
  const picked = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options));
  return picked.filePaths[0] ?? null;
}

/**
 * Closing the window or quitting asks on the page where a run is in progress. What it returns never asks: `by` is who
 * decided, a person on the page or the system.
 */
function quitCleanly(
  plane: ControlPlane,
  window: BrowserWindow,
  stopIpc: () => void,
  claim: Claim,
): (by: 'person' | 'system') => void {
  let stopping = false;
  const leave = (by: 'person' | 'system') => {
    if (stopping) return;
    stopping = true;
    stopIpc();
    for (const open of BrowserWindow.getAllWindows()) open.destroy();
    const late = new Promise((done) => setTimeout(done, STOP_MS));
    // The guardian terminates what is left by then.
    void Promise.race([plane.stop(by).then(claim.release), late]).finally(() => app.exit(0));
  };
  let hung = false;
  window.on('unresponsive', () => {
    hung = true;
  });
  window.on('responsive', () => {
    hung = false;
  });
  const askOrLeave = (event: { preventDefault(): void }) => {
    event.preventDefault();
    if (stopping) return;
    // A page that has crashed or hangs cannot ask.
    const canAsk = !window.isDestroyed() && !window.webContents.isCrashed() && !hung;
    if (canAsk && plane.askToClose()) bringUp(window);
    else leave('person');
  };
  window.on('close', askOrLeave);
  app.on('before-quit', askOrLeave);
  return leave;
}

export function showFailure(error: unknown): void {
  const { message, details } = PanelError.from(error);
  dialog.showErrorBox('Headroom could not be started', message);
  // A thread that waits for a dead disk would keep the process from exiting.
  if (details?.blocked) process.kill(process.pid, 'SIGKILL');
  app.exit(1);
}
