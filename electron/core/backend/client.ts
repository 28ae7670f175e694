import { type IncomingMessage, request } from 'node:http';
import { PanelError } from '#contract';

export interface Address {
  host: string;
  port: number;
  token: string;
}

export interface BackendClient {
  readonly address: Address;
  /** The answer's JSON. A refusal of the backend's becomes a PanelError that keeps its sentence and its code. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, options?: CallOptions): Promise<unknown>;
}

export interface CallOptions {
  body?: unknown;
  timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** A needle result of a large grid is some megabytes. */
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;

/** A backend that listens everywhere is reached over loopback. */
export const reachable = (host: string) => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host);

export const urlOf = ({ host, port }: Omit<Address, 'token'>) =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

export function createClient(address: Address): BackendClient {
  return {
    address,
    async call(method, path, { body, timeoutMs = TIMEOUT_MS } = {}) {
      const { status, text } = await exchange(address, method, path, body, timeoutMs);
      const answer = parse(text);
      if (status >= 200 && status < 300) return answer;
      throw refusal(status, answer);
    },
  };
}

function exchange(address: Address, method: string, path: string, body: unknown, timeoutMs: number) {
  const payload = body === undefined ? null : JSON.stringify(body);
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asked = request({
      host: address.host,
      port: address.port,
      method,
      path,
      // One connection per call: a kept one may belong to a backend that is gone.
      agent: false,
      headers: {
        authorization: `Bearer ${address.token}`,
        ...(payload === null
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      },
    });
    const timer = setTimeout(
      () => asked.destroy(new Error(`no answer within ${Math.round(timeoutMs / 100) / 10} s`)),
      timeoutMs,
    );
    asked.once('error', (error) => {
      clearTimeout(timer);
      reject(unreachable(error));
    });
    asked.once('response', (response) =>
      readAll(response).then(
        (text) => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, text });
        },
        (error) => {
          clearTimeout(timer);
          reject(unreachable(error));
        },
      ),
    );
    asked.end(payload ?? undefined);
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > LARGEST_ANSWER_BYTES) throw new Error('the answer is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

const unreachable = (error: Error) =>
  new PanelError('not_ready', `The backend does not answer (${error.message}): see its status, and start it again.`);

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

function refusal(status: number, answer: unknown): PanelError {
  const { error, code, ...more } = (typeof answer === 'object' && answer !== null ? answer : {}) as Record<
    string,
    unknown
  >;
  const message = typeof error === 'string' ? error : `The backend answered with HTTP status ${status}.`;
  const kind = status === 404 ? 'not_found' : status === 400 || status === 422 ? 'invalid_input' : 'backend_error';
  return new PanelError(kind, message, { ...more, code: typeof code === 'string' ? code : null, status });
}
