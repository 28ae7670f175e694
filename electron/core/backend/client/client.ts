import { type IncomingMessage, request } from 'node:http';
import {
  type Change,
  datasetsSchema,
  type Health,
  healthSchema,
  type Incident,
  incidentSchema,
  PanelError,
  type Plan,
  type PlanRequest,
  planSchema,
  type Resumed,
  type Run,
  resumedSchema,
  runSchema,
} from '#contract';

export interface Address {
  host: string;
  port: number;
  token: string;
}

export interface SubmitBody {
  model_type: 'local';
  model_name_or_path: string;
  dataset_name: string;
  parameters: Record<string, unknown>;
  offload?: 'auto' | 'never';
}

const TIMEOUT_MS = 10_000;
/** The tracer imports torch at its first question, and has a minute of its own. */
const PLAN_TIMEOUT_MS = 90_000;

/** The backend's HTTP API as the panel uses it. Every call fails with a PanelError. */
export function createClient(address: Address) {
  const call = (method: string, path: string, body?: unknown, timeoutMs = TIMEOUT_MS) =>
    ask(address, method, path, body, timeoutMs);
  return {
    address,
    health: async (timeoutMs?: number): Promise<Health> =>
      healthSchema.parse(await call('GET', '/api/health', undefined, timeoutMs)),
    /** `handOver`: queued runs are left to the next backend. */
    shutdown: async (handOver: boolean) => {
      await call('POST', '/api/shutdown', { hand_over: handOver }, 1_000);
    },
    /** While it is held, no further run begins. */
    hold: async (hold: boolean) => {
      await call('POST', '/api/queue/hold', { hold });
    },
    submit: async (body: SubmitBody): Promise<string> => {
      const answer = (await call('POST', '/api/submit', body)) as { req_ids: [string] };
      return answer.req_ids[0];
    },
    datasets: async () => datasetsSchema.parse(await call('GET', '/api/datasets')),
    plan: async (body: PlanRequest): Promise<Plan> =>
      planSchema.parse(await call('POST', '/api/plan', body, PLAN_TIMEOUT_MS)),
    cancel: async (reqId: string) => {
      await call('POST', `/api/cancel/${encodeURIComponent(reqId)}`);
    },
    run: async (reqId: string): Promise<Run> =>
      runSchema.parse(await call('GET', `/api/runs/${encodeURIComponent(reqId)}`)),
    resume: async (reqId: string, change?: Change): Promise<Resumed> =>
      resumedSchema.parse(
        await call('POST', `/api/runs/${encodeURIComponent(reqId)}/resume`, change ? { change } : {}),
      ),
    /** Null where the run has none. */
    incident: async (reqId: string): Promise<Incident | null> => {
      try {
        return incidentSchema.parse(await call('GET', `/api/incidents/${encodeURIComponent(reqId)}`));
      } catch (error) {
        if (error instanceof PanelError && error.code === 'not_found') return null;
        throw error;
      }
    },
  };
}

export type Client = ReturnType<typeof createClient>;

/** Where a backend that listens on this host is reached: "everywhere" is no address to call. */
export const reachable = (host: string) => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host);

/** Without the token: it is shown. */
export const urlOf = ({ host, port }: Address) => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Opens a call; the answer's body is the caller's to read. */
export function open(address: Address, method: string, path: string, body?: unknown) {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    Authorization: `Bearer ${address.token}`,
    ...(text ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } : {}),
  };
  const sent = request({ host: address.host, port: address.port, method, path, headers, agent: false });
  sent.end(text);
  return sent;
}

function ask(address: Address, method: string, path: string, body: unknown, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = open(address, method, path, body);
    const silent = new PanelError('backend_error', `The backend did not answer ${path} in ${timeoutMs / 1000} s.`);
    sent.setTimeout(timeoutMs, () => sent.destroy(silent));
    sent.on('error', (error) => reject(asPanelError(error)));
    sent.on('response', (answer) => {
      readAll(answer).then(
        (text) => settle(answer.statusCode ?? 0, text, resolve, reject),
        (error) => reject(asPanelError(error)),
      );
    });
  });
}

const asPanelError = (error: Error) =>
  error instanceof PanelError ? error : new PanelError('not_ready', `The backend cannot be reached: ${error.message}.`);

async function readAll(answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8');
  let text = '';
  for await (const chunk of answer) text += chunk;
  return text;
}

const kindOf = (status: number) =>
  status === 404 ? 'not_found' : status < 500 ? 'invalid_input' : ('backend_error' as const);

function settle(status: number, text: string, resolve: (value: unknown) => void, reject: (error: PanelError) => void) {
  try {
    const value: unknown = JSON.parse(text);
    if (status < 400) return resolve(value);
    const { error, code, ...more } = value as Record<string, unknown>;
    const message = typeof error === 'string' ? error : `The backend answered with HTTP status ${status}.`;
    reject(new PanelError(kindOf(status), message, { ...more, code }));
  } catch {
    reject(new PanelError('backend_error', `The backend answered with something unreadable (status ${status}).`));
  }
}
