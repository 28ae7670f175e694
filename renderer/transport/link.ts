import type { ClientMessage, ServerMessage } from '#contract';

/** What a link can say about itself. `refused`: trying again is useless without the address from the terminal. */
export type LinkStatus = 'connecting' | 'open' | 'lost' | 'refused';

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

const SECRET = 'headroom.secret';
const WRONG_SECRET = 4401;
const LONGEST_WAIT_MS = 5_000;

/** Trades the token of the address for this tab's secret, and takes it out of the address bar and the history. */
async function tradeToken(): Promise<void> {
  const url = new URL(window.location.href);
  const token = url.searchParams.get('token');
  if (!token) return;
  const answer = await fetch('/api/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  if (answer.ok) sessionStorage.setItem(SECRET, ((await answer.json()) as { secret: string }).secret);
  url.searchParams.delete('token');
  window.history.replaceState(null, '', url);
}

function openSocket(listener: LinkListener): Link {
  let socket: WebSocket | null = null;
  let wait = 250;

  const connect = () => {
    const secret = sessionStorage.getItem(SECRET);
    if (!secret) return listener.onStatus('refused');
    const opened = new WebSocket(`ws://${window.location.host}/ws`);
    opened.onopen = () => {
      socket = opened;
      wait = 250;
      opened.send(JSON.stringify({ type: 'hello', secret } satisfies ClientMessage));
      listener.onStatus('open');
    };
    opened.onmessage = (event) => listener.onMessage(JSON.parse(event.data as string) as ServerMessage);
    opened.onclose = (event) => {
      socket = null;
      if (event.code === WRONG_SECRET) return listener.onStatus('refused');
      listener.onStatus('lost');
      setTimeout(connect, wait);
      wait = Math.min(LONGEST_WAIT_MS, wait * 2);
    };
  };
  tradeToken().then(connect, () => listener.onStatus('lost'));
  return { send: (message) => socket?.send(JSON.stringify(message)) };
}

declare global {
  interface Window {
    headroom?: import('#contract').HeadroomBridge;
  }
}
