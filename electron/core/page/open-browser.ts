import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const KEPT_MS = 30_000;
const PREFIX = 'headroom-open-';

/**
 * Opens the address in the person's browser through a private file that redirects to it: on a command line the address,
 * with its token, would be visible in every process list. Where that fails, the person uses the printed address.
 */
export async function openBrowser(url: string): Promise<void> {
  await removeOld();
  try {
    // Not in the data folder, whose disk may be full.
    const folder = await mkdtemp(join(tmpdir(), PREFIX));
    setTimeout(() => void rm(folder, { recursive: true, force: true }), KEPT_MS).unref();
    const file = join(folder, 'panel.html');
    await writeFile(file, `<!doctype html><meta http-equiv="refresh" content="0;url=${url}">`, { mode: 0o600 });
    const [command, ...words] = opener(pathToFileURL(file).href);
    const child = spawn(command, words, { stdio: 'ignore', detached: true });
    child.on('error', () => undefined);
    child.unref();
  } catch {
    // No room for the file.
  }
}

/** Those of panels that ended within the time. */
async function removeOld(): Promise<void> {
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const about = await stat(folder).catch(() => null);
    if (about?.uid === process.getuid?.() && Date.now() - (about?.mtimeMs ?? Date.now()) > 2 * KEPT_MS)
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

function opener(href: string): [string, ...string[]] {
  if (process.platform === 'darwin') return ['open', href];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', href];
  return ['xdg-open', href];
}
