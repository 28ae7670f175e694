import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const KEPT_MS = 30_000;

/**
 * Opens the address in the person's browser through a private file that redirects to it: on a command line the address,
 * with its token, would be visible in every process list. Returns a function that removes the file early.
 */
export async function openBrowser(url: string, folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `open-${randomBytes(8).toString('hex')}.html`);
  await writeFile(file, `<!doctype html><meta http-equiv="refresh" content="0;url=${url}">`, { mode: 0o600 });
  const [command, ...words] = opener(pathToFileURL(file).href);
  const child = spawn(command, words, { stdio: 'ignore', detached: true });
  // Without an opener the person uses the printed address.
  child.on('error', () => undefined);
  child.unref();
  const remove = () => rm(file, { force: true });
  setTimeout(() => void remove(), KEPT_MS).unref();
  return remove;
}

function opener(href: string): [string, ...string[]] {
  if (process.platform === 'darwin') return ['open', href];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', href];
  return ['xdg-open', href];
}
