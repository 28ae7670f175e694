import { app, session, shell } from 'electron';
import { origin } from './protocol.ts';

/** What the page may ask the system for: only to put text on the clipboard ("copy as shell"). */
const allowed = new Set(['clipboard-sanitized-write']);

/** Denied by default: navigation, new windows, embedded views, permissions. */
export function lockDown(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(({ url }) => {
      // The page opens a link only after the person has seen its address and said yes (renderer/screen/log-link.tsx).
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
