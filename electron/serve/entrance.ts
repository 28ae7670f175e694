import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const hosts = new Set(['127.0.0.1', 'localhost', '[::1]']);
const MOST_SECRETS = 64;

const digest = (text: string) => createHash('sha256').update(text).digest();
const same = (a: string, b: string) => timingSafeEqual(digest(a), digest(b));

/** Exchanges the token of the printed address for a secret that only one tab knows. */
export function createEntrance(token = randomBytes(32).toString('hex')) {
  let secrets: string[] = [];
  return {
    token,
    /** Returns the secret of a new tab; null where the token is wrong. */
    exchange(given: unknown): string | null {
      if (typeof given !== 'string' || !same(given, token)) return null;
      const secret = randomBytes(32).toString('hex');
      secrets = [...secrets, secret].slice(-MOST_SECRETS);
      return secret;
    },
    knows: (given: string) => secrets.filter((secret) => same(secret, given)).length > 0,
  };
}

export type Entrance = ReturnType<typeof createEntrance>;

/** Prevents DNS rebinding: the host must be a loopback name. Any port is allowed, so that ssh -L works. */
export function isOurHost(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/, '');
  return hosts.has(name);
}

/** Rejects pages of other origins. A program that sends no Origin header is not a page. */
export function isOurOrigin({ headers }: IncomingMessage): boolean {
  return headers.origin === undefined || headers.origin === `http://${headers.host}`;
}
