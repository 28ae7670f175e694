import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { app, BrowserWindow, dialog, Menu, powerMonitor } from 'electron';
import { PanelError } from '#contract';
import { alreadyRunning, claimFolder, dataFolder } from '../core/base/index.ts';
import { type ControlPlane, createControlPlane } from '../core/control-plane.ts';
import { serveIpc } from './ipc.ts';
import { showNotifications } from './notify.ts';
import { registerScheme, serveScheme } from './protocol.ts';
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
  app.setPath('userData', join(dataFolder(process.env, process.platform, homedir()), 'electron'));
  if (!app.requestSingleInstanceLock()) return app.quit();
  await app.whenReady();
  const { holder } = await claimFolder(dataFolder(process.env, process.platform, homedir()), process.platform);
  if (holder) throw alreadyRunning(holder.pid);
  Menu.setApplicationMenu(null);
  lockSession();
  serveScheme(join(__dirname, '..', 'renderer'));

  const plane = await createControlPlane({
    env: process.env,
    platform: process.platform,
    home: homedir(),
    shell: 'desktop',
    version: app.getVersion(),
    resources: app.isPackaged ? process.resourcesPath : resolve(__dirname, '..', '..'),
    pickFolder,
    close: () => leave('person'),
  });
  const stopIpc = serveIpc(plane);
  const window = openWindow(join(__dirname, '..', 'preload', 'preload.js'));
  showNotifications(window);
  app.on('second-instance', () => bringUp(window));
  const leave = quitCleanly(plane, window, stopIpc);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => leave('system'));
  // Log-out and shutdown: Windows tells the window, the others the power monitor.
  window.on('session-end', () => leave('system'));
  powerMonitor.on('shutdown', () => leave('system'));
  await plane.start();
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
): (by: 'person' | 'system') => void {
  let stopping = false;
  const leave = (by: 'person' | 'system') => {
    if (stopping) return;
    stopping = true;
    stopIpc();
    for (const open of BrowserWindow.getAllWindows()) open.destroy();
    const late = new Promise((done) => setTimeout(done, STOP_MS));
    // The guardian terminates what is left by then.
    void Promise.race([plane.stop(by), late]).finally(() => app.exit(0));
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
  dialog.showErrorBox('Headroom could not be started', PanelError.from(error).message);
  app.exit(1);
}
