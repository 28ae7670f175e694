import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { Telemetry, Tick } from '#contract';
import { eachAlone, type FakeActions, fakeSmi } from '#fake-smi';
import { smiRow } from '#samples';
import { createGpuMonitor } from '../../electron/core/gpu/index.ts';
import { streamFields } from '../../electron/core/gpu/stream/row.ts';
import { canLook } from '../fixtures/processes.ts';
import { random, rounds, SOON, times } from './faults.ts';

const rows = [0, 1, 2].map((index) =>
  smiRow(streamFields, {
    ...{ index, uuid: `GPU-${index}`, name: `Card ${index}`, 'memory.total': 256, 'mig.mode.current': '[N/A]' },
    'pci.bus_id': `00000000:0${index + 1}:00.0`,
  }),
);
const well: FakeActions = { stream: eachAlone(rows), one: eachAlone(rows), apps: ':' };
const all = rows.map((row) => `echo "${row}"`).join('; ');
const forever = (line: string) => `while :; do ${line}; sleep $period; done`;

interface Misbehaviour {
  /** Replaces the program; the running stream is killed. */
  actions?: FakeActions;
  lost?: readonly number[];
  expect(telemetry: Telemetry, tick: Tick | undefined): void;
}

const fails = (text: string) => (telemetry: Telemetry) => {
  expect(telemetry.state).toBe('failed');
  expect(telemetry.fault?.sentence.text).toContain(text);
};
const works =
  (...states: string[]) =>
  (telemetry: Telemetry, tick: Tick | undefined) => {
    expect(telemetry.state).toBe('ok');
    expect(tick?.gpus.map(({ state }) => state)).toEqual(states);
  };

const misbehaviours: readonly Misbehaviour[] = [
  ...[0, 1, 2].map((gpu) => ({ lost: [gpu], expect: works(...[0, 1, 2].map((one) => (one === gpu ? 'lost' : 'ok'))) })),
  { lost: [0, 2], expect: works('lost', 'ok', 'lost') },
  { lost: [0, 1, 2], expect: fails('Unable to determine the device handle') },
  { actions: { stream: forever('echo "No devices were found"') }, expect: fails('reports no GPU') },
  { actions: { stream: 'echo "Driver/library version mismatch"; exit 18' }, expect: fails('version mismatch') },
  { actions: { stream: `${all}; printf '0, GPU-0, 25'; kill -9 $$` }, expect: fails('killed by SIGKILL') },
  { actions: { stream: 'sleep 1000' }, expect: fails('not answered yet') },
  { actions: { stream: forever(`sleep 1.5; ${all}`) }, expect: works('ok', 'ok', 'ok') },
  {
    actions: { stream: `printf '\\357\\273\\277'; ${forever(`${all.replaceAll('"; ', '\r"; ')}; echo WARNING >&2`)}` },
    expect: works('ok', 'ok', 'ok'),
  },
];

it.runIf(canLook)(
  'an nvidia-smi that misbehaves in any order: named, and well again once it is',
  { timeout: 3_600_000 },
  async () => {
    const smi = await fakeSmi(streamFields);
    await smi.write(well);
    const monitor = createGpuMonitor({
      ...{ smi: smi.source, periods: { busy: 50 }, processesMs: 300, pciRoot: null, kernelLog: null },
      ...{ patience: { noticeMs: 1_000, firstMs: 4_000, mostFirstMs: 8_000 }, survivorTimes: { againMs: 300 } },
    });
    let tick: Tick | undefined;
    /** A sample never lacks a GPU, whatever happens to another. */
    const incomplete: Tick[] = [];
    monitor.onTick((one) => {
      tick = one;
      if (one.gpus.map(({ index }) => index).join() !== '0,1,2') incomplete.push(one);
    });
    const becomes = (check: Misbehaviour['expect']) => vi.waitFor(() => check(monitor.telemetry(), tick), SOON);
    const killAll = async () => {
      for (const line of await smi.alive()) {
        try {
          process.kill(-Number.parseInt(line, 10), 'SIGKILL');
        } catch {
          // It has exited meanwhile.
        }
      }
    };
    monitor.start();
    await becomes(works('ok', 'ok', 'ok'));
    await rounds('nvidia-smi misbehaves', times(2, 100), async () => {
      const one = misbehaviours[Math.floor(random(0, misbehaviours.length))] as Misbehaviour;
      if (one.lost) await writeFile(join(smi.folder, 'lost'), one.lost.join('\n'));
      if (one.actions) {
        await smi.write({ ...well, one: 'exit 255', ...one.actions });
        await killAll();
      }
      await becomes(one.expect).catch((error) => {
        throw new Error(`${JSON.stringify(one)}: ${error.message}`, { cause: error });
      });
      await smi.write(well);
      await rm(join(smi.folder, 'lost'), { force: true });
      // A stream that only was slow goes on.
      if (one.actions) await killAll();
      tick = undefined;
      await becomes(works('ok', 'ok', 'ok'));
      // The lost ones are asked for alone until the whole works.
      await vi.waitFor(async () => expect((await smi.streams()).at(-1)).not.toContain('-i '), SOON);
      expect(incomplete).toEqual([]);
    });
    await monitor.stop();
    expect(await smi.alive()).toEqual([]);
    await smi.remove();
  },
);
