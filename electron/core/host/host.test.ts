import { freemem, totalmem } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupsIn } from './groups.ts';
import { createHostWatch } from './index.ts';

const GIB = 2 ** 30;
const meminfo = (total: number, available: number, swap = 2, free = 1.5) =>
  [
    `MemTotal:       ${total * 2 ** 20} kB`,
    'MemFree:          123456 kB',
    `MemAvailable:   ${available * 2 ** 20} kB`,
    `SwapTotal:       ${swap * 2 ** 20} kB`,
    `SwapFree:        ${free * 2 ** 20} kB`,
    '',
  ].join('\n');

/** A machine with these files; `asked` are the ones that were read. */
function machine(files: Record<string, string>, pids: readonly number[] = []) {
  const asked: string[] = [];
  const clock = { now: 0 };
  const watch = createHostWatch({
    pids: () => pids,
    now: () => clock.now,
    read(path) {
      asked.push(path);
      return files[path] ?? null;
    },
  });
  return { watch, asked, clock, files };
}

/** A control group's files, as in the tests of python/lbs/memory/host.py. */
const group = (folder: string, limit: number | 'max', used: number, cache = 0) => ({
  [`${folder}/memory.max`]: `${limit}\n`,
  [`${folder}/memory.current`]: `${used}\n`,
  [`${folder}/memory.stat`]: `anon ${used - cache}\ninactive_file ${cache / 2}\nactive_file ${cache - cache / 2}\n`,
});
const older = (folder: string, limit: number, used: number, cache = 0) => ({
  [`${folder}/memory.limit_in_bytes`]: `${limit}\n`,
  [`${folder}/memory.usage_in_bytes`]: `${used}\n`,
  [`${folder}/memory.stat`]: `inactive_file 7\ntotal_inactive_file ${cache / 2}\ntotal_active_file ${cache / 2}\n`,
});
const root = '/sys/fs/cgroup';

describe('system RAM', () => {
  it('is total minus available, in MiB', () => {
    const { watch } = machine({ '/proc/meminfo': meminfo(64, 40) });
    expect(watch.sample()).toEqual({
      ...{ ramTotalMiB: 65_536, ramUsedMiB: 24_576, swapTotalMiB: 2_048, swapUsedMiB: 512, backendRssMiB: null },
    });
  });

  it('is read at most once a second, and only on demand', () => {
    const { watch, asked, clock, files } = machine({ '/proc/meminfo': meminfo(64, 40) });
    expect(asked).toEqual([]);
    const first = watch.sample();
    const reads = asked.length;
    files['/proc/meminfo'] = meminfo(64, 30);
    clock.now = 1_999;
    expect(watch.sample()).toBe(first);
    expect(asked.length).toBe(reads);
    clock.now = 2_000;
    expect(watch.sample().ramUsedMiB).toBe(34 * 1024);
  });

  it("has the sum of the backend's running processes", () => {
    const files = {
      '/proc/meminfo': meminfo(64, 40),
      '/proc/5/status': 'Name:\tVmRSS: 9 kB\nVmHWM:\t 9999999 kB\nVmRSS:\t 2097152 kB\n',
      '/proc/6/status': 'Name:\tpython\nVmRSS:\t 1024 kB\n',
      // Kernel threads have none.
      '/proc/7/status': 'Name:\tkworker\n',
    };
    expect(machine(files, [5, 6, 7, 8]).watch.sample().backendRssMiB).toBe(2_049);
    expect(machine(files, [7, 8]).watch.sample().backendRssMiB).toBeNull();
  });

  it('has no value that the kernel does not report', () => {
    const { watch } = machine({ '/proc/meminfo': 'MemTotal: 1024 kB\nrubbish\nMemAvailable: many kB\n' });
    expect(watch.sample()).toMatchObject({ ramTotalMiB: 1, ramUsedMiB: null, swapTotalMiB: null, swapUsedMiB: null });
  });

  it('is what Node reports without /proc', () => {
    const sample = machine({}, [5]).watch.sample();
    expect(sample).toMatchObject({ ramTotalMiB: totalmem() / 2 ** 20, swapTotalMiB: null, backendRssMiB: null });
    expect(sample.ramUsedMiB).toBeLessThanOrEqual(totalmem() / 2 ** 20);
    expect(freemem()).toBeGreaterThan(0);
  });
});

describe('in a control group', () => {
  const used = (files: Record<string, string>) => {
    const { ramTotalMiB, ramUsedMiB } = machine({ '/proc/meminfo': meminfo(64, 40), ...files }).watch.sample();
    return [(ramTotalMiB ?? 0) / 1024, (ramUsedMiB ?? 0) / 1024];
  };

  it('the total is the tightest limit, and the rest is the minimum of all groups', () => {
    const files = {
      '/proc/self/cgroup': '0::/user.slice/app/job\n',
      ...group(`${root}/user.slice`, 8 * GIB, 5 * GIB),
      ...group(`${root}/user.slice/app`, 4 * GIB, GIB / 2),
      ...group(`${root}/user.slice/app/job`, 'max', GIB),
    };
    expect(used(files)).toEqual([4, 1]);
    expect(used({ ...files, '/proc/self/cgroup': '0::/system.slice\n' })).toEqual([64, 24]);
  });

  it('a container sees its own group as the root, in v1 and v2', () => {
    expect(used({ '/proc/self/cgroup': '0::/\n', ...group(root, 16 * GIB, 6 * GIB) })).toEqual([16, 6]);
    const docker = { '/proc/self/cgroup': '5:cpu,memory:/docker/0123abc\n0::/\n' };
    expect(used({ ...docker, ...older(`${root}/memory`, 16 * GIB, 16 * GIB, 13 * GIB) })).toEqual([16, 3]);
    const beside = { '/proc/self/cgroup': '4:memory:/job\n3:cpuset:/elsewhere\n0::/job\n' };
    const both = { ...older(`${root}/memory/job`, 2 ** 63 - 4096, GIB), ...group(`${root}/unified/job`, 2 * GIB, GIB) };
    expect(used({ ...beside, ...both })).toEqual([2, 1]);
  });

  it("a limit above the machine's RAM, or a damaged one, is ignored", () => {
    const files = { '/proc/self/cgroup': '0::/\n' };
    expect(used({ ...files, ...group(root, 999 * GIB, 1) })).toEqual([64, 24]);
    expect(used({ ...files, [`${root}/memory.max`]: 'x\n', [`${root}/memory.current`]: '5' })).toEqual([64, 24]);
    expect(used({ ...files, [`${root}/memory.max`]: `${GIB}\n` })).toEqual([64, 24]);
  });

  it('is found again after a move, and missing files are not read each time', () => {
    const { watch, asked, clock, files } = machine({
      ...{ '/proc/meminfo': meminfo(64, 40), '/proc/self/cgroup': '0::/a/b/c\n' },
      ...group(`${root}/a`, 8 * GIB, GIB),
    });
    watch.sample();
    asked.length = 0;
    clock.now = 2_000;
    watch.sample();
    expect(asked.toSorted()).toEqual(
      [
        ...['/proc/meminfo', '/proc/self/cgroup'],
        ...['max', 'current', 'stat'].map((name) => `${root}/a/memory.${name}`),
      ].toSorted(),
    );
    Object.assign(files, { '/proc/self/cgroup': '0::/b\n' }, group(`${root}/b`, 2 * GIB, GIB));
    clock.now = 4_000;
    expect(watch.sample().ramTotalMiB).toBe(2_048);
  });

  it('the used memory is never negative, and never above the total', () => {
    const bytes = fc.integer({ min: 0, max: 128 * GIB });
    fc.assert(
      fc.property(bytes, bytes, bytes, fc.nat(64), (limit, current, cache, available) => {
        const files = { '/proc/self/cgroup': '0::/\n', ...group(root, limit, current, Math.min(cache, current)) };
        const sample = machine({ '/proc/meminfo': meminfo(64, available), ...files }).watch.sample();
        expect(sample.ramUsedMiB).toBeGreaterThanOrEqual(0);
        expect(sample.ramUsedMiB).toBeLessThanOrEqual(sample.ramTotalMiB ?? 0);
      }),
    );
  });

  it('no membership line leads out of the mount', () => {
    expect(groupsIn('0::/../../x\n').map(({ folder }) => folder)).toEqual([
      ...[`${root}/x`, root, `${root}/unified/x`, `${root}/unified`],
    ]);
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const { folder } of groupsIn(text)) expect(folder.split('/')).not.toContain('..');
      }),
    );
  });
});

describe.runIf(process.platform === 'linux')('this machine', () => {
  it('is read as it is', () => {
    const sample = createHostWatch({ pids: () => [process.pid] }).sample();
    expect(sample.ramTotalMiB).toBeGreaterThan(0);
    expect(sample.ramUsedMiB).toBeLessThanOrEqual(sample.ramTotalMiB ?? 0);
    const rss = process.memoryUsage.rss() / 2 ** 20;
    expect(Math.abs((sample.backendRssMiB ?? 0) - rss)).toBeLessThan(rss / 4);
  });
});
