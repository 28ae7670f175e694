import { type IncomingMessage, request } from 'node:http';
import { z } from 'zod';
import {
  type Annotation,
  type Change,
  type Comparison,
  comparisonSchema,
  type DatasetFolder,
  datasetFoldersSchema,
  datasetsSchema,
  type ExportedRun,
  exportedRunSchema,
  type Health,
  healthSchema,
  type Incident,
  type ItemsPage,
  incidentSchema,
  itemsPageSchema,
  PanelError,
  type Plan,
  type PlanRequest,
  planSchema,
  type Resumed,
  type Run,
  type RunFacets,
  type RunFilter,
  type RunRecord,
  type RunsPage,
  type RunsRequest,
  resumedSchema,
  runFacetsSchema,
  runRecordSchema,
  runSchema,
  runsPageSchema,
  type Sentence,
  type Storage,
  sentenceSchema,
  verbatim,
} from '#contract';
import { say } from '../sentences.ts';

export interface Address {
  host: string;
  port: number;
  token: string;
}

interface SubmitBody {
  model_type: 'local';
  model_name_or_path: string;
  dataset_name: string;
  parameters: Record<string, unknown>;
  offload?: 'auto' | 'never';
  wait_for_bytes?: number;
}

/** `handOver`: queued runs stay for the next backend. `byPerson`: the run in progress is stopped, not failed. */
export interface Leave {
  handOver?: boolean;
  byPerson?: boolean;
}

const itemSchema = z.object({ item: z.record(z.string(), z.unknown()).nullable() });

const TIMEOUT_MS = 10_000;
/** Reads every item of six runs, or ten thousand runs. */
const COMPARE_TIMEOUT_MS = 60_000;
/** The backend first saves how the run in progress ended. */
const SHUTDOWN_TIMEOUT_MS = 1_500;
/** The backend imports torch for its first plan, which may take a minute. */
const PLAN_TIMEOUT_MS = 90_000;
const FOLDERS_TIMEOUT_MS = 30_000;

/** The part of the backend's HTTP API that the panel uses (docs/api.md). Every call throws PanelError. */
export function createClient(address: Address) {
  const ask = (method: string, path: string, body?: unknown, timeoutMs = TIMEOUT_MS) =>
    call(address, method, path, body, timeoutMs);
  return {
    address,
    health: async (timeoutMs?: number): Promise<Health> =>
      healthSchema.parse(await ask('GET', '/api/health', undefined, timeoutMs)),
    shutdown: async ({ handOver = false, byPerson = false }: Leave) => {
      await ask(
        'POST',
        '/api/shutdown',
        { hand_over: handOver, ...(byPerson ? { by_person: true } : {}) },
        SHUTDOWN_TIMEOUT_MS,
      );
    },
    /** What a run does before its next item while results cannot be saved. */
    whenUnsaved: async (choice: Storage['when_unsaved']) => {
      await ask('POST', '/api/storage', { when_unsaved: choice });
    },
    /** While the queue is held, no further run starts. */
    hold: async (hold: boolean) => {
      await ask('POST', '/api/queue/hold', { hold });
    },
    move: async (body: { req_id: string; before: string | null }) => {
      await ask('POST', '/api/queue/move', body);
    },
    /** Until it is resumed, also by the next backend on this database. */
    pause: async (paused: boolean) => {
      await ask('POST', '/api/queue/pause', { paused });
    },
    waitFor: async (body: { req_id: string; bytes: number | null }) => {
      await ask('POST', '/api/queue/wait', body);
    },
    submit: async (body: SubmitBody): Promise<string> => {
      const answer = (await ask('POST', '/api/submit', body)) as { req_ids: [string] };
      return answer.req_ids[0];
    },
    datasets: async () => datasetsSchema.parse(await ask('GET', '/api/datasets')),
    /** Counting the questions of a large folder takes seconds the first time. */
    datasetFolders: async (): Promise<DatasetFolder[]> =>
      datasetFoldersSchema.parse(await ask('GET', '/api/dataset-folders', undefined, FOLDERS_TIMEOUT_MS)),
    setDatasetFolder: async (body: { name: string; folder: string | null }): Promise<DatasetFolder[]> =>
      datasetFoldersSchema.parse(await ask('POST', '/api/dataset-folders', body, FOLDERS_TIMEOUT_MS)),
    plan: async (body: PlanRequest): Promise<Plan> =>
      planSchema.parse(await ask('POST', '/api/plan', body, PLAN_TIMEOUT_MS)),
    cancel: async (reqId: string) => {
      await ask('POST', `/api/cancel/${encodeURIComponent(reqId)}`);
    },
    run: async (reqId: string): Promise<Run> =>
      runSchema.parse(await ask('GET', `/api/runs/${encodeURIComponent(reqId)}`)),
    records: async (body: RunsRequest): Promise<RunsPage> =>
      runsPageSchema.parse(await ask('POST', '/api/records', body)),
    compare: async (body: { req_ids: string[] }): Promise<Comparison> =>
      comparisonSchema.parse(await ask('POST', '/api/records/compare', body, COMPARE_TIMEOUT_MS)),
    exportRuns: async (body: { req_ids?: string[]; filter?: RunFilter }): Promise<ExportedRun[]> =>
      z
        .object({ runs: z.array(exportedRunSchema) })
        .parse(await ask('POST', '/api/records/export', body, COMPARE_TIMEOUT_MS)).runs,
    facets: async (): Promise<RunFacets> => runFacetsSchema.parse(await ask('GET', '/api/records/facets')),
    items: async (reqId: string, query: { offset: number; limit: number; failed?: boolean }): Promise<ItemsPage> => {
      const { offset, limit, failed = false } = query;
      const path = `/api/records/${encodeURIComponent(reqId)}/items?offset=${offset}&limit=${limit}&failed=${failed}`;
      return itemsPageSchema.parse(await ask('GET', path));
    },
    annotate: async ({ req_id, ...body }: Annotation): Promise<RunRecord> =>
      runRecordSchema.parse(await ask('POST', `/api/records/${encodeURIComponent(req_id)}/annotate`, body)),
    deleteRuns: async (body: { req_ids: string[] }) => {
      await ask('POST', '/api/records/delete', body);
    },
    restoreRuns: async (body: { req_ids: string[] }) => {
      await ask('POST', '/api/records/restore', body);
    },
    /** Null where it is not kept. */
    item: async (reqId: string, key: string): Promise<Record<string, unknown> | null> => {
      const path = `/api/runs/${encodeURIComponent(reqId)}/item?key=${encodeURIComponent(key)}`;
      return itemSchema.parse(await ask('GET', path)).item;
    },
    resume: async (reqId: string, how: { change?: Change; force?: true } = {}): Promise<Resumed> =>
      resumedSchema.parse(await ask('POST', `/api/runs/${encodeURIComponent(reqId)}/resume`, how)),
    /** Null where the run has none. */
    incident: async (reqId: string): Promise<Incident | null> => {
      try {
        return incidentSchema.parse(await ask('GET', `/api/incidents/${encodeURIComponent(reqId)}`));
      } catch (error) {
        if (error instanceof PanelError && error.code === 'not_found') return null;
        throw error;
      }
    },
  };
}

export type Client = ReturnType<typeof createClient>;

/** The address that reaches a backend listening on this host: a wildcard address cannot be called. */
export const reachable = (host: string) => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host);

/** Without the token, because it is shown. */
export const urlOf = ({ host, port }: Address) => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Sends a request; the caller reads the body of the answer. */
export function send(address: Address, method: string, path: string, body?: unknown) {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    Authorization: `Bearer ${address.token}`,
    ...(text ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } : {}),
  };
  const sent = request({ host: address.host, port: address.port, method, path, headers, agent: false });
  sent.end(text);
  return sent;
}

function call(address: Address, method: string, path: string, body: unknown, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = send(address, method, path, body);
    const timeout = new PanelError('backend_error', say('noAnswer', { path, seconds: timeoutMs / 1_000 }));
    sent.setTimeout(timeoutMs, () => sent.destroy(timeout));
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
  error instanceof PanelError ? error : new PanelError('not_ready', say('unreachable', { reason: error.message }));

async function readAll(answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8');
  let text = '';
  for await (const chunk of answer) text += chunk;
  return text;
}

const codeOf = (status: number) =>
  status === 404 ? 'not_found' : status < 500 ? 'invalid_input' : ('backend_error' as const);

/** The backend's own sentence, or its text where it sends none. */
function sentenceIn(answer: Record<string, unknown>, status: number): Sentence {
  const own = sentenceSchema.safeParse(answer.sentence);
  if (own.success) return own.data;
  return typeof answer.error === 'string' ? verbatim(answer.error) : say('httpStatus', { status });
}

function settle(status: number, text: string, resolve: (value: unknown) => void, reject: (error: PanelError) => void) {
  try {
    const value: unknown = JSON.parse(text);
    if (status < 400) return resolve(value);
    const { error: _, sentence: __, ...details } = value as Record<string, unknown>;
    reject(new PanelError(codeOf(status), sentenceIn(value as Record<string, unknown>, status), details));
  } catch {
    reject(new PanelError('backend_error', say('unreadable', { status })));
  }
}
