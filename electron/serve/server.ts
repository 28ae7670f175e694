import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { PanelError } from '#contract';
import type { ControlPlane } from '../core/control-plane.ts';
import { pageHeaders, readPageFile } from '../core/page/index.ts';
import { type Entrance, isOurHost, isOurOrigin } from './entrance.ts';
import type { Metrics } from './metrics.ts';
import { say } from './sentences.ts';
import { serveSocket } from './socket.ts';

const BODY_BYTES = 4_096;

interface PanelServer {
  port: number;
  close(): Promise<void>;
}

/** Serves the page and its WebSocket on loopback. Throws a PanelError where the port cannot be used. */
export async function startServer(options: {
  plane: ControlPlane;
  entrance: Entrance;
  page: string;
  port: number;
  /** Answers /metrics; null: /metrics does not exist. */
  metrics: Metrics | null;
}): Promise<PanelServer> {
  const { plane, entrance, page, port, metrics } = options;
  const server = createServer((request, response) => {
    answer(request, response, { entrance, page, metrics }).catch((error: Error) => {
      console.error(`headroom: ${error.message}`);
      response.destroy();
    });
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 2 ** 20 });
  server.on('upgrade', (request, socket, head) => {
    const ours = request.url === '/ws' && isOurHost(request.headers.host) && isOurOrigin(request);
    if (!ours) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (opened) => serveSocket(plane, entrance, opened));
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const inUse = error.code === 'EADDRINUSE';
      const sentence = inUse ? say('portInUse', { port }) : say('portUnusable', { port, reason: error.message });
      reject(new PanelError('refused', sentence));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

interface Served {
  entrance: Entrance;
  page: string;
  metrics: Metrics | null;
}

async function answer(request: IncomingMessage, response: ServerResponse, { entrance, page, metrics }: Served) {
  if (!isOurHost(request.headers.host)) return refuse(response, 403, 'This host name is not allowed.');
  if (!isOurOrigin(request)) return refuse(response, 403, 'Requests from other origins are not allowed.');
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  if (request.method === 'POST' && path === '/api/session') return exchangeToken(request, response, entrance);
  if (request.method !== 'GET') return refuse(response, 405, 'This method is not allowed.');
  if (metrics && path === '/metrics') return sendMetrics(response, metrics);
  const file = await readPageFile(page, path, { brotli: acceptsBrotli(request) });
  if (!file) return refuse(response, 404, 'This page does not exist.');
  const connect = `'self' ws://${request.headers.host}`;
  response.writeHead(200, {
    ...pageHeaders(connect),
    'Content-Type': file.type,
    'Cache-Control': file.immutable ? 'private, max-age=31536000, immutable' : 'no-cache',
    ...(file.encoding && { 'Content-Encoding': file.encoding, Vary: 'Accept-Encoding' }),
  });
  response.end(file.body);
}

const acceptsBrotli = ({ headers }: IncomingMessage) => /\bbr\b/.test(String(headers['accept-encoding'] ?? ''));

async function sendMetrics(response: ServerResponse, metrics: Metrics) {
  response.writeHead(200, { 'Content-Type': metrics.type, 'Cache-Control': 'no-store' });
  response.end(await metrics.text());
}

async function exchangeToken(request: IncomingMessage, response: ServerResponse, entrance: Entrance) {
  if (!request.headers['content-type']?.startsWith('application/json'))
    return refuse(response, 415, 'The body must be JSON.');
  const secret = entrance.exchange(tokenIn(await readBody(request)));
  if (!secret) return refuse(response, 401, 'The token is not valid: open the address that the terminal shows.');
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify({ secret }));
}

function tokenIn(body: string): unknown {
  try {
    return (JSON.parse(body) as { token?: unknown } | null)?.token;
  } catch {
    return null;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) {
    body += chunk;
    if (body.length > BODY_BYTES) return '';
  }
  return body;
}

function refuse(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'nosniff' });
  response.end(JSON.stringify({ error }));
}
