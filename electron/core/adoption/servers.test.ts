import { describe, expect, it } from 'vitest';
import type { ProcessInfo } from '../proc/index.ts';
import { chosenIn } from './probe.ts';
import { isByHand } from './servers.ts';

const seen = (more: Partial<ProcessInfo> = {}): ProcessInfo => ({
  pid: 2,
  startTime: 1,
  parent: 1,
  uid: 1000,
  args: ['python', 'server.py'],
  comm: 'python',
  marker: null,
  home: null,
  underPanel: false,
  forkservers: [],
  ...more,
});

describe('a server that was started by hand', () => {
  it.each([
    ['python', 'server.py'],
    ['/venv/bin/python3.12', '-u', '/some/where/python/server.py'],
    ['python', '-X', 'dev', 'server.py'],
  ])('is %s %s %s', (...args) => {
    expect(isByHand(seen({ args }), 1000)).toBe(true);
  });

  it.each([
    ['another program', { args: ['vim', 'server.py'] }],
    ['another script', { args: ['python', 'myserver.py'] }],
    ['a panel’s', { underPanel: true }],
    ['a start’s that carries a marker', { marker: 'a' }],
    ['another user’s', { uid: 0 }],
    ['one whose command line cannot be read', { args: [] }],
  ])('is not %s', (_, more) => {
    expect(isByHand(seen(more), 1000)).toBe(false);
  });
});

describe('what its environment sets', () => {
  const reported = (value: string | number | boolean, source: 'environment' | 'default' = 'environment') => ({
    value,
    source,
  });

  it('is what can be taken over: known, readable, and no default', () => {
    const settings = {
      LBS_GPU_MEMORY_LIMIT: reported(0.4),
      LBS_TORCH_DTYPE: reported('float16', 'default'),
      LBS_NEWER: reported(1),
      LBS_LOCAL_DEVICE_MAP: reported('nonsense'),
    };
    expect(chosenIn({ settings }, '/srv')).toEqual([{ name: 'LBS_GPU_MEMORY_LIMIT', value: 0.4 }]);
  });

  it('means a path from its own folder', () => {
    const settings = { LBS_DB_PATH: reported('results.db'), LBS_DATASETS: reported('/abs/datasets.json') };
    expect(chosenIn({ settings }, '/srv')).toEqual([
      { name: 'LBS_DB_PATH', value: '/srv/results.db' },
      { name: 'LBS_DATASETS', value: '/abs/datasets.json' },
    ]);
  });
});
