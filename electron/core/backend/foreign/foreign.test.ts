import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answers, foreignReason, waitForAnswer, watchAnswers } from './foreign.ts';

let server: Server;
let status: number;
let url: string;
let gone: AbortController;

beforeEach(async () => {
  status = 200;
  gone = new AbortController();
  // Its body never ends, like an event stream: the status must be enough.
  server = createServer((_, answer) => void answer.writeHead(status).write('.'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
});
afterEach(() => {
  gone.abort();
  server.closeAllConnections();
  server.close();
});

describe('a health URL', () => {
  it.each([
    [200, true],
    [302, true],
    [399, true],
    [400, false],
    [404, false],
    [503, false],
  ])('with status %i: answers is %s', async (given, expected) => {
    status = given;
    expect(await answers(url)).toBe(expected);
  });

  it('without a listener does not answer', async () => {
    server.close();
    expect(await answers(url)).toBe(false);
  });

  it('is polled until it answers with success', async () => {
    status = 503;
    const ready = waitForAnswer(url, gone.signal);
    setTimeout(() => {
      status = 200;
    }, 300);
    expect(await ready).toEqual({ client: null, health: null, healthUrl: url });
  });

  it('is reported as silent once, at the third miss in a row, and again when it answers', async () => {
    const reports: boolean[] = [];
    const done = watchAnswers(url, (silent) => reports.push(silent), gone.signal, 10);
    status = 500;
    await vi.waitFor(() => expect(reports).toEqual([true]), 20_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(reports).toEqual([true]);
    status = 200;
    await vi.waitFor(() => expect(reports).toEqual([true, false]), 20_000);
    gone.abort();
    await done;
  });

  it('that misses twice and answers is not reported', async () => {
    const reports: boolean[] = [];
    let asked = 0;
    server.removeAllListeners('request');
    server.on('request', (_, answer) => {
      asked += 1;
      answer.writeHead(asked % 3 === 0 ? 200 : 500).end();
    });
    void watchAnswers(url, (silent) => reports.push(silent), gone.signal, 5);
    await vi.waitFor(() => expect(asked).toBeGreaterThan(12), 20_000);
    expect(reports).toEqual([]);
  });
});

describe('why a foreign backend exited', () => {
  it.each([
    ['exit 3', 3, null, 'rubbish', { code: 'crash', sentence: { values: { code: 3 } } }],
    ['a usage error', 2, null, 'usage: x', { code: 'configuration', sentence: { values: { code: 2 } } }],
    ['a signal', null, 'SIGSEGV', '', { code: 'crash', sentence: { values: { signal: 'SIGSEGV' } } }],
    ['a taken port', 1, null, 'OSError: [Errno 98] Address already in use', { code: 'port_busy' }],
    ['a missing package', 1, null, "ModuleNotFoundError: No module named 'vllm'", { code: 'missing_package' }],
    // Only our backend has a results database.
    ['its own database', 1, null, 'database is locked', { code: 'crash' }],
  ] as const)('%s', (_, exitCode, signal, output, expected) => {
    const reason = foreignReason(exitCode, signal, output);
    expect(reason).toMatchObject({ ...expected, exitCode, signal });
    expect(reason.advice?.text).not.toContain('npm run setup');
  });

  it('reports an out-of-memory kill', () => {
    expect(foreignReason(null, 'SIGKILL', '', 1).code).toBe('host_memory');
  });
});
