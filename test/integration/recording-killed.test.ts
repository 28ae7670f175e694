import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { type ClientMessage, readRecording } from '#contract';
import { lightBackend } from '../faults/faults.ts';
import { type Panel, startPanel } from '../fixtures/panel.ts';

const WAIT = { timeout: 60_000, interval: 100 };
let panel: Panel;

beforeAll(async () => {
  const home = await mkdtemp(join(tmpdir(), 'headroom-recording-'));
  panel = await startPanel(home, await lightBackend(home));
});
afterAll(() => panel?.close());

/** A page's connection, by the token of the address. */
async function connect(address: string): Promise<(message: ClientMessage) => void> {
  const { origin, host, searchParams } = new URL(address);
  const answer = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: origin },
    body: JSON.stringify({ token: searchParams.get('token') }),
  });
  const { secret } = (await answer.json()) as { secret: string };
  const socket = new WebSocket(`ws://${host}/ws`, { origin });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  // Killing the panel closes the connection.
  socket.on('error', () => undefined);
  const send = (message: ClientMessage) => socket.send(JSON.stringify(message));
  send({ type: 'hello', secret });
  return send;
}

it('a recording of a killed panel can be read as far as it was written', async () => {
  const send = await connect(panel.url);
  send({ type: 'call', id: 1, command: 'recording.start', input: {} });
  const folder = join(panel.home, 'recordings');
  const read = async () => {
    const [name = ''] = await readdir(folder);
    return readRecording(new Blob([new Uint8Array(await readFile(join(folder, name)))]));
  };
  await vi.waitFor(async () => expect((await read()).ticks.length).toBeGreaterThan(8), WAIT);
  const before = await read();
  const gone = new Promise((resolve) => panel.process.once('exit', resolve));
  panel.process.kill('SIGKILL');
  await gone;
  const after = await read();
  expect(after.truncated).toBe(true);
  expect(after.ticks.slice(0, before.ticks.length)).toEqual(before.ticks);
  expect(after.state.get('telemetry')?.length).toBeGreaterThan(0);
});
