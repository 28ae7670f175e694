import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { app, BrowserWindow, dialog, Menu } from 'electron';
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
  });
  const stopIpc = serveIpc(plane);
  const window = openWindow(join(__dirname, '..', 'preload', 'preload.js'));
  showNotifications(window);
  app.on('second-instance', () => bringUp(window));
  app.on('window-all-closed', () => app.quit());
  quitCleanly(plane, stopIpc);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit());
  await plane.start();
}

async function pickFolder(): Promise<string | null> {
  const [window] = BrowserWindow.getAllWindows();
  const options = { properties: ['openDirectory' as const] };
  const picked = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options));
  return picked.filePaths[0] ?? null;
}

function quitCleanly(plane: ControlPlane, stopIpc: () => void): void {
  let stopping = false;
  app.on('before-quit', (event) => {
    event.preventDefault();
    if (stopping) return;
    stopping = true;
    stopIpc();
    for (const window of BrowserWindow.getAllWindows()) window.destroy();
    const late = new Promise((done) => setTimeout(done, STOP_MS));
    // The guardian terminates what is left by then.
    void Promise.race([plane.stop(), late]).finally(() => app.exit(0));
  });
}

export function showFailure(error: unknown): void {
  dialog.showErrorBox('Headroom could not be started', PanelError.from(error).message);
  app.exit(1);
}
