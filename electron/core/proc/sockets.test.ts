import { createServer, type Server } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { listenerOn, listeningIn, listensOn } from './sockets.ts';

const row = (address: string, state = '0A', inode = '77') =>
  `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000`;

let server: Server | undefined;
afterEach(() => void server?.close());

describe('the listeners', () => {
  it.each([
    ['0100007F:1388', '127.0.0.1', 5000],
    ['0200007F:0050', '127.0.0.2', 80],
    ['00000000:FFFF', '127.0.0.1', 65535],
    ['00000000000000000000000001000000:1388', '::1', 5000],
    ['00000000000000000000000000000000:1388', '::1', 5000],
    ['0000000000000000FFFF00000100007F:1388', '127.0.0.1', 5000],
  ])('%s is reached at %s, port %i', (address, host, port) => {
    expect(listeningIn(`  sl  local_address\n${row(address)}`)).toEqual([{ inode: '77', host, port }]);
  });

  it.each([
    ['another machine’s address', row('0101A8C0:1388')],
    ['another machine’s address, v6', row('000080FE000000000000000001000000:1388')],
    ['a connection', row('0100007F:1388', '01')],
    ['a heading', '  sl  local_address rem_address   st tx_queue'],
  ])('leaves out %s', (_, text) => {
    expect(listeningIn(text)).toEqual([]);
  });

  it('parses any text, and returns only ports and loopback addresses', () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[0-9A-F]{8}:[0-9A-F]{4}$/), (text, address) => {
        for (const { host, port } of listeningIn(`${text}\n${row(address)}`)) {
          expect(host).toMatch(/^(127\.|::1$)/);
          expect(port).toBeLessThanOrEqual(65_535);
        }
      }),
    );
  });

  it.runIf(process.platform === 'linux')('finds a real listener by its process', async () => {
    const listener = createServer();
    server = listener;
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = z.object({ port: z.number() }).parse(listener.address());
    expect(await listensOn(process.pid)).toContainEqual(expect.objectContaining({ host: '127.0.0.1', port }));
    expect(await listenerOn(port)).toMatchObject({ pid: process.pid });
    expect(await listensOn(1)).not.toContainEqual(expect.objectContaining({ port }));
  });
});
