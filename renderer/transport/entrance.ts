const SECRET = 'headroom.secret';

/** What the browser gives; handed in so that a test can stand in for it. */
export interface EntranceParts {
  location: Pick<Location, 'href'>;
  history: Pick<History, 'replaceState'>;
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  fetch(url: string, init: RequestInit): Promise<Pick<Response, 'ok' | 'status' | 'json'>>;
}

export type Entry = { secret: string } | { refused: 'noToken' | 'wrongToken' };

/** Trades the token of the address for this tab's secret, and takes it out of the address bar and the history. */
export function createEntrance({ location, history, storage, fetch }: EntranceParts) {
  const url = new URL(location.href);
  // Kept until it is traded: a server that is not up yet is asked again.
  let token = url.searchParams.get('token');
  url.searchParams.delete('token');
  if (token !== null) history.replaceState(null, '', url);

  return {
    /** Rejects where nobody answers: trying again later may help. */
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
    /** The server does not know this secret (any more): the panel was started anew. */
    forget: () => storage.removeItem(SECRET),
  };
}
