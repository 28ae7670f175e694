import type { ClientMessage, ServerMessage } from '#contract';
import { createEntrance } from './entrance.ts';

/** What a link can say about itself. Without a token that is right, trying again is useless. */
export type LinkStatus = 'connecting' | 'open' | 'lost' | 'noToken' | 'wrongToken';

/** One way to the core: the desktop's bridge, or a WebSocket. */
export interface Link {
  send(message: ClientMessage): void;
}

export interface LinkListener {
  onMessage(message: ServerMessage): void;
  onStatus(status: LinkStatus): void;
}

export function openLink(listener: LinkListener): Link {
  const { headroom } = window;
  if (!headroom) return openSocket(listener);
  headroom.onMessage(listener.onMessage);
  listener.onStatus('open');
  return headroom;
}

const WRONG_SECRET = 4401;
const LONGEST_WAIT_MS = 5_000;

/** Serve mode: a WebSocket that comes back by itself, also where the server was not up when the page was opened. */
function openSocket(listener: LinkListener): Link {
  const { location, history, sessionStorage: storage } = window;
  const entrance = createEntrance({ location, history, storage, fetch: (url, init) => fetch(url, init) });
  let socket: WebSocket | null = null;
  let wait = 250;

  const later = () => {
    listener.onStatus('lost');
    setTimeout(() => void connect(), wait);
    wait = Math.min(LONGEST_WAIT_MS, wait * 2);
  };
  const connect = async () => {
    try {
      const entry = await entrance.enter();
      if ('refused' in entry) listener.onStatus(entry.refused);
      else open(entry.secret);
    } catch {
      later();
    }
  };
  const open = (secret: string) => {
    const opened = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`);
    opened.onopen = () => opened.send(JSON.stringify({ type: 'hello', secret } satisfies ClientMessage));
    opened.onmessage = (event) => {
      // Only the first answer says that the secret was right.
      if (!socket) {
        socket = opened;
        wait = 250;
        listener.onStatus('open');
      }
      listener.onMessage(JSON.parse(event.data as string) as ServerMessage);
    };
    opened.onclose = (event) => {
      socket = null;
      if (event.code !== WRONG_SECRET) return later();
      entrance.forget();
      listener.onStatus('wrongToken');
    };
  };
  void connect();
  return { send: (message) => socket?.send(JSON.stringify(message)) };
}

declare global {
  interface Window {
    headroom?: import('#contract').HeadroomBridge;
  }
}
