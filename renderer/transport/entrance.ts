const SECRET = 'headroom.secret';

/** The browser APIs it uses, injected for tests. */
export interface EntranceParts {
  location: Pick<Location, 'href'>;
  history: Pick<History, 'replaceState'>;
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  fetch(url: string, init: RequestInit): Promise<Pick<Response, 'ok' | 'status' | 'json'>>;
}

type Entry = { secret: string } | { refused: 'noToken' | 'wrongToken' };

/** Exchanges the token in the address for this tab's secret, and removes it from the address bar and the history. */
export function createEntrance({ location, history, storage, fetch }: EntranceParts) {
  const url = new URL(location.href);
  // Kept until it is exchanged, so that a retry can succeed once the server is up.
  let token = url.searchParams.get('token');
  url.searchParams.delete('token');
  if (token !== null) history.replaceState(null, '', url);

  return {
    /** Rejects if the server does not answer; a retry may succeed. */
    async enter(): Promise<Entry> {
      if (!token) {
        const secret = storage.getItem(SECRET);
        return secret ? { secret } : { refused: 'noToken' };
      }
      const answer = await fetch('/api/session', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ token }),
      });
      if (answer.status === 401) return { refused: 'wrongToken' };
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      const { secret } = (await answer.json()) as { secret: string };
      token = null;
      storage.setItem(SECRET, secret);
      return { secret };
    },
    /** Drops a secret that the server rejected: the panel was restarted. */
    forget: () => storage.removeItem(SECRET),
  };
}
