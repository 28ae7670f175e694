import { protocol } from 'electron';
import { pageHeaders, readPageFile } from '../core/page/index.ts';

export const origin = 'headroom://app';

/** Call before the app is ready. Gives our pages an origin of their own instead of file://. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'headroom', privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

export function serveScheme(folder: string): void {
  protocol.handle('headroom', async (request) => {
    const url = new URL(request.url);
    const file = url.host === 'app' ? await readPageFile(folder, url.pathname) : null;
    if (!file) return new Response('This page does not exist.', { status: 404 });
    return new Response(new Uint8Array(file.body), {
      headers: { ...pageHeaders("'self'"), 'Content-Type': file.type },
    });
  });
}
