import type { RawData, WebSocket } from 'ws';
import { clientMessageSchema } from '#contract';
import type { ControlPlane } from '../core/control-plane.ts';
import { createSession, type Session } from '../core/session/index.ts';
import type { Entrance } from './entrance.ts';

const HELLO_MS = 5_000;
const BUFFERED_BYTES = 2 ** 20;
/** A close code of our own: the page does not retry with the same secret. */
export const WRONG_SECRET = 4401;

/** Serves one tab's WebSocket: the first message must carry the tab's secret, then it is a session. */
export function serveSocket(plane: ControlPlane, entrance: Entrance, socket: WebSocket): void {
  let session: Session | null = null;
  const late = setTimeout(() => socket.close(WRONG_SECRET, 'no hello'), HELLO_MS);

  socket.on('message', (raw) => {
    const message = read(raw);
    if (session) return session.receive(message);
    const hello = clientMessageSchema.safeParse(message);
    if (!hello.success || hello.data.type !== 'hello' || !entrance.knows(hello.data.secret))
      return socket.close(WRONG_SECRET, 'wrong secret');
    clearTimeout(late);
    session = createSession(plane, {
      send: (answer) => socket.send(JSON.stringify(answer)),
      isBusy: () => socket.bufferedAmount > BUFFERED_BYTES,
    });
  });
  socket.on('close', () => {
    clearTimeout(late);
    session?.close();
  });
  // 'close' follows, and the page reconnects.
  socket.on('error', () => undefined);
}

function read(raw: RawData): unknown {
  try {
    return JSON.parse(raw.toString());
  } catch {
    return null;
  }
}
