import { createConnection, createServer, type Server } from 'node:net';
import { z } from 'zod';
import { errnoOf, parseJson } from '../base/index.ts';

/** The panel that holds a data folder. All is null for one that does not answer. */
const holderSchema = z.object({
  pid: z.number().int().nullable(),
  /** With its token, where a browser can open it; null for a window, and until a browser can. */
  url: z.string().nullable(),
  shell: z.enum(['serve', 'desktop']).nullable().default(null),
});
export type Holder = z.infer<typeof holderSchema>;
export type Shell = 'serve' | 'desktop';

/** A process accepted the connection but did not answer: a dead socket refuses it at once. */
export const silent: Holder = { pid: null, url: null, shell: null };

const ANSWER_MS = 2_000;

export interface ClaimSocket {
  /** Sets the address that a second panel on the same folder is given. */
  publish(url: string): void;
  /** Sets what happens when a second panel is started on the same folder. */
  onSecond(listener: () => void): void;
  close(): Promise<void>;
}

/** Returns the error's code where this process cannot listen there: EADDRINUSE, or what the file system refuses. */
export function listen(path: string, shell: Shell): Promise<ClaimSocket | string> {
  let url: string | null = null;
  let second: () => void = () => undefined;
  const server: Server = createServer((client) => {
    client.on('error', () => undefined);
    client.once('data', () => second());
    client.end(JSON.stringify({ pid: process.pid, url, shell } satisfies Holder));
  });
  // The socket alone does not keep the process alive.
  server.unref();
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(errnoOf(error) ?? error.message));
    server.listen(path, () =>
      resolve({
        publish: (address) => {
          url = address;
        },
        onSecond: (listener) => {
          second = listener;
        },
        close: () => new Promise((done) => server.close(() => done())),
      }),
    );
  });
}

/** Says that a second panel has been started. Null where no process answers: only the socket file is left. */
export function ask(path: string): Promise<Holder | null> {
  return new Promise((resolve) => {
    let text = '';
    const connection = createConnection(path, () => connection.write('second'));
    connection.setTimeout(ANSWER_MS, () => {
      resolve(silent);
      connection.destroy();
    });
    connection.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    connection.on('error', () => resolve(null));
    connection.on('close', () => resolve(holderSchema.safeParse(parseJson(text)).data ?? null));
  });
}
