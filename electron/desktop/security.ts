import { app, session, shell } from 'electron';
import { origin } from './protocol.ts';

/** The only permission that the page needs: writing text to the clipboard ("copy as shell"). */
const allowed = new Set(['clipboard-sanitized-write']);

/** Denies navigation, new windows, embedded views and permissions. */
export function lockDown(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(({ url }) => {
      // The page opens a link only after the person has confirmed its address (renderer/log/log-link.tsx).
      if (/^https?:/.test(url)) void shell.openExternal(url);
      return { action: 'deny' };
    });
    contents.on('will-navigate', (event, url) => {
      if (!url.startsWith(`${origin}/`)) event.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
  });
}

export function lockSession(): void {
  const own = session.defaultSession;
  own.setPermissionRequestHandler((_contents, permission, answer) => answer(allowed.has(permission)));
  own.setPermissionCheckHandler((_contents, permission) => allowed.has(permission));
  own.setSpellCheckerEnabled(false);
}
