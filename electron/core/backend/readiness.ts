import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Health, healthSchema } from '#contract';
import { type BackendClient, createClient } from './client.ts';

const portFileSchema = z.object({ port: z.number().int().min(1).max(65535), pid: z.number().int().positive() });

const POLL_MS = 50;

/** Polls the port file, then GET /api/health, until the backend says that it is ready; null once aborted. */
export async function waitUntilReady(from: {
  portFile: string;
  host: string;
  token: string;
  signal: AbortSignal;
}): Promise<{ client: BackendClient; health: Health } | null> {
  const { portFile, host, token, signal } = from;
  let client: BackendClient | null = null;
  while (!signal.aborted) {
    const port = client ? null : await portIn(portFile);
    if (port !== null) client = createClient({ host, port, token });
    const health = client ? await healthOf(client) : null;
    if (signal.aborted) return null;
    if (client && health) return { client, health };
    await sleep(POLL_MS);
  }
  return null;
}

async function portIn(file: string): Promise<number | null> {
  try {
    const parsed = portFileSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.data.port : null;
  } catch {
    // Not written yet.
    return null;
  }
}

/** Null while the backend does not answer, or says that it is not ready. */
export async function healthOf(client: BackendClient, timeoutMs = 2_000): Promise<Health | null> {
  try {
    const parsed = healthSchema.safeParse(await client.call('GET', '/api/health', { timeoutMs }));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
