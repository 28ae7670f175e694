import type { ClientMessage, ServerMessage } from '#contract';
import { createEntrance } from './entrance.ts';

/** The state of a link. `noToken` and `wrongToken` are final: reconnecting cannot help. */
export type LinkStatus = 'connecting' | 'open' | 'lost' | 'noToken' | 'wrongToken';

/** A channel to the core: the desktop's bridge, or a WebSocket. */
export interface Link {
  send(message: ClientMessage): void;
}

export interface LinkListener {
  onMessage(message: ServerMessage): void;
  onStatus(status: LinkStatus): void;
}

/** Opens the desktop's bridge if there is one, else a WebSocket. */
export function openLink(listener: LinkListener): Link {
  const { headroom } = window;
  if (!headroom) return openSocket(listener);
  headroom.onMessage(listener.onMessage);
  listener.onStatus('open');
  return headroom;
}

/** The close code of a rejected secret. */
const WRONG_SECRET = 4401;
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 5_000;

/** A WebSocket that reconnects, also if the server was down when the page opened. */
function openSocket(listener: LinkListener): Link {
  const { location, history, sessionStorage: storage } = window;
  const entrance = createEntrance({ location, history, storage, fetch: (url, init) => fetch(url, init) });
  let socket: WebSocket | null = null;
  let backoffMs = FIRST_BACKOFF_MS;

  const retry = () => {
    listener.onStatus('lost');
    setTimeout(() => void connect(), backoffMs);
    backoffMs = Math.min(MAX_BACKOFF_MS, backoffMs * 2);
  };
  const connect = async () => {
    try {
      const entry = await entrance.enter();
      if ('refused' in entry) listener.onStatus(entry.refused);
      else open(entry.secret);
    } catch {
      retry();
    }
  };
  const open = (secret: string) => {
    const opened = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`);
    opened.onopen = () => opened.send(JSON.stringify({ type: 'hello', secret } satisfies ClientMessage));
    opened.onmessage = (event) => {
      // The first message confirms the secret.
      if (!socket) {
        socket = opened;
        backoffMs = FIRST_BACKOFF_MS;
        listener.onStatus('open');
      }
      listener.onMessage(JSON.parse(event.data as string) as ServerMessage);
    };
    opened.onclose = (event) => {
      socket = null;
      if (event.code !== WRONG_SECRET) return retry();
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
