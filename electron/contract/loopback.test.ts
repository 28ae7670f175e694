import { expect, it } from 'vitest';
import { isLoopback } from './loopback.ts';

it.each(['127.0.0.1', '127.1.2.3', 'localhost', ' LOCALHOST ', '::1', '[::1]', '0:0:0:0:0:0:0:1', '0::0001'])(
  '%s stays on this machine',
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

it.each([
  '0.0.0.0',
  '::',
  '[::]',
  '',
  '0',
  '127',
  '127.1',
  '128.0.0.1',
  '127.0.0.256',
  '192.168.1.5',
  'fe80::1',
  '1::1',
  '::11',
  '::ffff:0.0.0.0',
  'workstation',
  'workstation.local',
  'localhost.example.org',
])('%s can be reached from the network', (host) => {
  expect(isLoopback(host)).toBe(false);
});
