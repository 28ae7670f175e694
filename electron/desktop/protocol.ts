import { protocol } from 'electron';
import { pageHeaders, readPageFile } from '../core/page/index.ts';

export const origin = 'headroom://app';

/** Before the app is ready: our pages get a proper origin instead of file://. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'headroom', privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

export function serveScheme(folder: string): void {
  protocol.handle('headroom', async (request) => {
    const url = new URL(request.url);
    const file = url.host === 'app' ? await readPageFile(folder, url.pathname) : null;
    if (!file) return new Response('There is no such page.', { status: 404 });
    return new Response(new Uint8Array(file.body), {
      headers: { ...pageHeaders("'self'"), 'Content-Type': file.type },
    });
  });
}
