import { type IpcMainEvent, ipcMain, type WebContents } from 'electron';
import type { ControlPlane } from '../core/control-plane.ts';
import { createSession, type Session } from '../core/session/index.ts';
import { channel } from './channel.ts';
import { origin } from './protocol.ts';

/** Accepts messages from the page's own main frame only. */
export const isOurs = (event: IpcMainEvent) =>
  event.senderFrame === event.sender.mainFrame && event.senderFrame.url.startsWith(`${origin}/`);

/** One session per page; a page that reloads says hello again and gets a new one. */
export function serveIpc(plane: ControlPlane): () => void {
  const sessions = new Map<WebContents, Session>();
  const close = (contents: WebContents) => {
    sessions.get(contents)?.close();
    sessions.delete(contents);
  };
  const begin = (contents: WebContents) => {
    close(contents);
    const send = (message: unknown) => {
      if (!contents.isDestroyed()) contents.send(channel, message);
    };
    // Electron reports no back-pressure.
    sessions.set(contents, createSession(plane, { send, isBusy: () => contents.isDestroyed() }));
    contents.once('destroyed', () => close(contents));
  };
  const receive = (event: IpcMainEvent, message: unknown) => {
    if (!isOurs(event)) return;
    const type = typeof message === 'object' && message !== null && 'type' in message ? message.type : null;
    if (type === 'hello') begin(event.sender);
    else sessions.get(event.sender)?.receive(message);
  };
  ipcMain.on(channel, receive);
  return () => {
    ipcMain.off(channel, receive);
    for (const contents of [...sessions.keys()]) close(contents);
  };
}
