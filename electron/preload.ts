import { contextBridge, ipcRenderer } from 'electron';
import type { HeadroomBridge, ServerMessage } from '#contract';
import { channel, notifyChannel } from './desktop/channel.ts';

const bridge: HeadroomBridge = {
  send: (message) => ipcRenderer.send(channel, message),
  notify: (notification) => ipcRenderer.send(notifyChannel, notification),
  onMessage(listener) {
    const own = (_event: unknown, message: ServerMessage) => listener(message);
    ipcRenderer.on(channel, own);
    // Only now, with a listener in place: the core begins to send after this message.
    ipcRenderer.send(channel, { type: 'hello', secret: '' });
    return () => ipcRenderer.off(channel, own);
  },
};

contextBridge.exposeInMainWorld('headroom', bridge);
