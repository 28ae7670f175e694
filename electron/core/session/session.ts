import { type ClientMessage, clientMessageSchema, PanelError, type ServerMessage, type StreamName } from '#contract';
import { dispatch } from './dispatch.ts';
import type { ControlPlane } from './plane.ts';
import { createSubscription, type Subscription } from './subscription.ts';
import { createTextSubscription } from './text-subscription.ts';

/** What carries messages to one renderer: a WebSocket, or Electron's IPC. */
export interface Carrier {
  send(message: ServerMessage): void;
  /** True while what was sent has not yet left: states and items then wait, answers do not. */
  behind(): boolean;
}

export interface Session {
  /** One message from the renderer, already out of its JSON. Never throws. */
  receive(raw: unknown): void;
  /** Sends now what waits, where the carrier is not behind. */
  flush(): void;
  /** Stops listening; answers that still come are dropped. */
  close(): void;
}

/** States and items leave at most this often. */
const FLUSH_MS = 50;

/** One renderer's conversation with the core: the same for both shells. */
export function createSession(plane: ControlPlane, carrier: Carrier): Session {
  const subscriptions = new Map<StreamName, Subscription>();
  let stateWaits = true;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  let flushedAt = 0;
  const attention = Symbol('page');
  // Until it says itself how much it is looked at.
  plane.attend(attention, 'front');

  const flush = () => {
    if (timer) clearTimeout(timer);
    timer = null;
    if (closed) return;
    if (carrier.behind()) return schedule();
    flushedAt = Date.now();
    if (stateWaits) {
      stateWaits = false;
      carrier.send({ type: 'state', state: plane.state() });
    }
    for (const subscription of subscriptions.values()) {
      const message = subscription.take();
      if (message) carrier.send(message);
    }
  };
  const schedule = () => {
    if (closed || timer) return;
    const left = flushedAt + FLUSH_MS - Date.now();
    // Never zero: a carrier that stays behind is looked at again later, not in a busy loop.
    timer = setTimeout(flush, carrier.behind() ? FLUSH_MS : Math.min(FLUSH_MS, Math.max(0, left)));
  };
  const stopState = plane.onState(() => {
    stateWaits = true;
    schedule();
  });

  const answer = async (call: Extract<ClientMessage, { type: 'call' }>) => {
    const message = await reply(plane, call);
    if (closed) return;
    // What the command changed arrives before its answer, so that a form never shows the old value again.
    if (stateWaits) flush();
    carrier.send(message);
  };
  const subscribe = (name: StreamName) => {
    subscriptions.get(name)?.close();
    const subscription =
      name === 'log' ? createTextSubscription(plane.stream(name), schedule) : createSubscription(plane, name, schedule);
    subscriptions.set(name, subscription);
    flush();
  };
  const unsubscribe = (name: StreamName) => {
    subscriptions.get(name)?.close();
    subscriptions.delete(name);
  };

  flush();
  return {
    flush,
    receive(raw) {
      if (closed) return;
      const parsed = clientMessageSchema.safeParse(raw);
      if (!parsed.success) return refuse(carrier, raw);
      const message = parsed.data;
      if (message.type === 'call') void answer(message);
      else if (message.type === 'subscribe') subscribe(message.stream);
      else if (message.type === 'unsubscribe') unsubscribe(message.stream);
      else if (message.type === 'attention') plane.attend(attention, message.level);
      else if (message.type === 'acknowledge') subscriptions.get(message.stream)?.acknowledge(message.characters);
    },
    close() {
      closed = true;
      stopState();
      plane.attend(attention, null);
      if (timer) clearTimeout(timer);
      for (const name of [...subscriptions.keys()]) unsubscribe(name);
    },
  };
}

async function reply(plane: ControlPlane, call: Extract<ClientMessage, { type: 'call' }>): Promise<ServerMessage> {
  try {
    const output = await dispatch(plane.handlers, call.command, call.input);
    return { type: 'result', id: call.id, output };
  } catch (error) {
    return { type: 'error', id: call.id, error: PanelError.from(error).toShape() };
  }
}

/** A message that is none: the caller hears of it where it can be told which call it was. */
function refuse(carrier: Carrier, raw: unknown): void {
  const id = typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : null;
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) return;
  const error = new PanelError('invalid_input', 'Headroom could not read this message: reload the page.');
  carrier.send({ type: 'error', id, error: error.toShape() });
}
