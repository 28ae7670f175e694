import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Health } from '#contract';
import { followWorker } from './follow-worker.ts';

let server: Server;
let gone: AbortController;
beforeEach(() => {
  gone = new AbortController();
});
afterEach(() => {
  gone.abort();
  server.closeAllConnections();
  server.close();
});

async function serve(answer: () => { type: string; body: string } | null): Promise<string> {
  server = createServer((_, response) => {
    const given = answer();
    if (!given) return void response.destroy();
    const { type, body } = given;
    response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const health = (worker: Partial<Health['worker']>) =>
  JSON.stringify({
    status: 'starting',
    version: '0',
    pid: 1,
    python: '3',
    torch: null,
    cuda: null,
    started_at: 0,
    emulated: false,
    worker: { pid: null, error: null, ...worker },
    settings: {},
    allocator: null,
    limits: [],
    limit_note: null,
  });

it('ends where the URL answers anything else', async () => {
  const found: unknown[] = [];
  const url = await serve(() => ({ type: 'text/plain', body: health({ state: 'idle' }) }));
  await followWorker(url, (worker) => found.push(worker), gone.signal);
  expect(found).toEqual([]);
});

it('reports a server of Headroom’s that fails', async () => {
  const states = ['starting', 'failed'] as const;
  let asked = 0;
  const url = await serve(() => {
    const state = states[Math.min(asked, 1)] ?? 'failed';
    asked += 1;
    return { type: 'application/json', body: health({ state, step: 'torch' }) };
  });
  const found: string[] = [];
  void followWorker(url, ({ state, step }) => found.push(`${state} ${step}`), gone.signal);
  await vi.waitFor(() => expect(found).toEqual(['starting torch', 'failed torch']), 10_000);
});

it('goes on where the first answer is late', async () => {
  let asked = 0;
  const url = await serve(() => {
    asked += 1;
    return asked === 1 ? null : { type: 'application/json', body: health({ state: 'failed' }) };
  });
  const found: string[] = [];
  void followWorker(url, ({ state }) => found.push(state), gone.signal);
  await vi.waitFor(() => expect(found).toEqual(['failed']), { timeout: 5_000 });
});
