import { app, session } from 'electron';
import { origin } from './protocol.ts';

/** What the page may ask the system for: only to put text on the clipboard ("copy as shell"). */
const allowed = new Set(['clipboard-sanitized-write']);

/** Denied by default: navigation, new windows, embedded views, permissions. */
export function lockDown(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
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
