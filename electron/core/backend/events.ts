import { type ClientRequest, request } from 'node:http';
import { type BackendMemory, type Health, healthSchema, memorySchema, type Run, runSchema } from '#contract';
import type { Address } from './client.ts';
import { createSseParser, type ServerEvent } from './sse.ts';

export interface BackendEventListener {
  run(run: Run): void;
  memory(memory: BackendMemory): void;
  health(health: Health): void;
  /** At each connection, the first included: what was missed meanwhile can be asked for now. */
  connected(): void;
}

/** The backend pings every ten seconds: this long without a byte means that the connection is dead. */
const SILENCE_MS = 30_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 2_000;

/** Listens to GET /api/events until closed, connecting again whenever the connection ends. */
export function followEvents(address: Address, listener: BackendEventListener): { close(): void } {
  let closed = false;
  let asked: ClientRequest | null = null;
  let timer: NodeJS.Timeout | null = null;
  let retryMs = FIRST_RETRY_MS;

  const again = () => {
    if (closed || timer) return;
    timer = setTimeout(() => {
      timer = null;
      connect();
    }, retryMs);
    retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
  };
  const connect = () => {
    const current = request({
      host: address.host,
      port: address.port,
      path: '/api/events',
      agent: false,
      headers: { authorization: `Bearer ${address.token}`, accept: 'text/event-stream' },
    });
    asked = current;
    const lost = () => {
      current.destroy();
      if (asked === current) again();
    };
    current.setTimeout(SILENCE_MS, lost);
    current.once('error', lost);
    current.once('close', lost);
    current.once('response', (response) => {
      if (response.statusCode !== 200) return lost();
      retryMs = FIRST_RETRY_MS;
      const parser = createSseParser((event) => deliver(event, listener));
      response.setEncoding('utf8').on('data', (text: string) => parser.push(text));
      response.once('error', lost);
      response.once('close', lost);
      listener.connected();
    });
    current.end();
  };

  connect();
  return {
    close() {
      closed = true;
      if (timer) clearTimeout(timer);
      asked?.destroy();
    },
  };
}

/** An event that cannot be read is left out: the next one, or the next connection, brings the state again. */
function deliver({ event, data }: ServerEvent, listener: BackendEventListener): void {
  const value = parse(data);
  if (event === 'run') withParsed(runSchema.safeParse(value), listener.run);
  else if (event === 'memory') withParsed(memorySchema.safeParse(value), listener.memory);
  else if (event === 'health') withParsed(healthSchema.safeParse(value), listener.health);
}

const withParsed = <T>(parsed: { success: true; data: T } | { success: false }, use: (value: T) => void) => {
  if (parsed.success) use(parsed.data);
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
