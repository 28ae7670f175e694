import { type BackendMemory, type Health, healthSchema, memorySchema, type Run, runSchema } from '#contract';
import { parseJson } from '../../base/index.ts';
import { type Address, send } from './client.ts';

export interface EventListener {
  onRun(run: Run): void;
  onMemory(memory: BackendMemory): void;
  onHealth(health: Health): void;
}

const RETRY_MS = 500;
/** The backend sends a comment every ten seconds: this long without a byte means that the connection is dead. */
const SILENCE_MS = 30_000;

/** Follows `GET /api/events` until the signal aborts; reconnects when the connection breaks. */
export function followEvents(address: Address, listener: EventListener, signal: AbortSignal): void {
  const connect = () => {
    if (signal.aborted) return;
    const sent = send(address, 'GET', '/api/events');
    const stop = () => sent.destroy();
    sent.setTimeout(SILENCE_MS, stop);
    const reconnect = () => {
      signal.removeEventListener('abort', stop);
      if (!signal.aborted) setTimeout(connect, RETRY_MS);
    };
    signal.addEventListener('abort', stop, { once: true });
    sent.on('close', reconnect);
    // 'close' follows and reconnects; the supervisor notices a backend that exited.
    sent.on('error', () => undefined);
    sent.on('response', (answer) => {
      const parser = createEventParser((kind, data) => deliver(listener, kind, data));
      answer.setEncoding('utf8').on('data', parser);
      answer.on('error', () => undefined);
    });
  };
  connect();
}

/** Skips an event that cannot be parsed instead of throwing into the socket: the next one has the state again. */
function deliver(listener: EventListener, kind: string, data: string): void {
  const value = parseJson(data);
  if (kind === 'run') use(runSchema.safeParse(value), listener.onRun);
  else if (kind === 'memory') use(memorySchema.safeParse(value), listener.onMemory);
  else if (kind === 'health') use(healthSchema.safeParse(value), listener.onHealth);
}

function use<T>(parsed: { success: true; data: T } | { success: false }, listener: (value: T) => void): void {
  if (parsed.success) listener(parsed.data);
}

/** Parses server-sent events from text that is split anywhere. */
export function createEventParser(onEvent: (kind: string, data: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n');
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field('data');
      if (data !== undefined) onEvent(field('event') ?? 'message', data);
    }
  };
}
