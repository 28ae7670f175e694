import {
  type ClientMessage,
  type CommandHandlers,
  clientMessageSchema,
  PanelError,
  type ServerMessage,
  type StreamName,
} from '#contract';
import { dispatch } from './dispatch.ts';
import type { ControlPlane, PanelFeed } from './plane.ts';
import { say } from './sentences.ts';
import { createSubscription, type Subscription } from './subscription.ts';
import { createTextSubscription } from './text-subscription.ts';

/** Carries messages to one page: a WebSocket, or Electron's IPC. */
interface Carrier {
  send(message: ServerMessage): void;
  /** Back-pressure: messages that were sent are still buffered. States and items wait then, answers do not. */
  isBusy(): boolean;
}

export interface Session {
  /** One message from the page, parsed from JSON. Never throws. */
  receive(raw: unknown): void;
  /** Sends what is pending now, unless the carrier is busy. */
  flush(): void;
  /** Unsubscribes from everything; answers that are still pending are dropped. */
  close(): void;
}

/** The shortest time between two batches of states and items. */
const FLUSH_MS = 50;

/** A page's connection to the core, the same for both shells. Without handlers it only follows, as a recording does. */
export function createSession(plane: PanelFeed & Partial<Pick<ControlPlane, 'handlers'>>, carrier: Carrier): Session {
  const subscriptions = new Map<StreamName, Subscription>();
  let statePending = true;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  let flushedAt = 0;
  const page = Symbol('page');
  // Until the page reports its attention level.
  plane.attend(page, 'front');

  const flush = () => {
    if (timer) clearTimeout(timer);
    timer = null;
    if (closed) return;
    if (carrier.isBusy()) return schedule();
    flushedAt = Date.now();
    if (statePending) {
      statePending = false;
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
    // Never zero while the carrier is busy: that would be a busy loop.
    timer = setTimeout(flush, carrier.isBusy() ? FLUSH_MS : Math.min(FLUSH_MS, Math.max(0, left)));
  };
  const stopState = plane.onState(() => {
    statePending = true;
    schedule();
  });

  const answer = async (call: Extract<ClientMessage, { type: 'call' }>) => {
    const message = await reply(plane.handlers, call);
    if (closed) return;
    // The changed state is sent before the answer: a form would show the old value again otherwise.
    if (statePending) flush();
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
      else if (message.type === 'attention') plane.attend(page, message.level);
      else if (message.type === 'acknowledge') subscriptions.get(message.stream)?.acknowledge(message.characters);
    },
    close() {
      closed = true;
      stopState();
      plane.attend(page, null);
      if (timer) clearTimeout(timer);
      for (const name of [...subscriptions.keys()]) unsubscribe(name);
    },
  };
}

async function reply(
  handlers: CommandHandlers | undefined,
  call: Extract<ClientMessage, { type: 'call' }>,
): Promise<ServerMessage> {
  try {
    const output = (await dispatch(handlers, call.command, call.input)) ?? null;
    return { type: 'result', id: call.id, output };
  } catch (error) {
    return { type: 'error', id: call.id, error: PanelError.from(error).toShape() };
  }
}

/** Answers an invalid message where it carries the id of a call. */
function refuse(carrier: Carrier, raw: unknown): void {
  const id = typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : null;
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) return;
  const error = new PanelError('invalid_input', say('unreadableMessage'));
  carrier.send({ type: 'error', id, error: error.toShape() });
}
