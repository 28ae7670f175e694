import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { type FakeSmi, fakeRow, fakeSmi } from '#fake-smi';
import { streamFields } from '../../electron/core/gpu/stream/row.ts';
import { canLook } from '../fixtures/processes.ts';
import { makeWorld, SOON, type World, withPlane } from './faults.ts';

let fake: FakeSmi | null = null;
let world: World | null = null;
afterEach(async () => {
  await fake?.remove();
  await world?.remove();
});

/** The driver fails while the backend runs: a missing measurement must fail neither a stop nor a start. */
it.runIf(canLook)('a stop and a start succeed while nvidia-smi fails', { timeout: 120_000 }, async () => {
  const smi = await fakeSmi(streamFields);
  fake = smi;
  const fails = '[ -e "$here/gone" ] && { echo "couldn\'t communicate with the NVIDIA driver"; exit 9; }';
  const stream = `while :; do ${fails}; echo "${fakeRow(streamFields)}"; sleep $period; done`;
  await smi.write({ stream, help: `${fails}; cat "$here/fields"`, apps: `${fails}; :` });
  await writeFile(join(smi.folder, 'fields'), streamFields.map((field) => `"${field}"\n`).join(''));
  world = await makeWorld('light', { HEADROOM_NVIDIA_SMI: smi.source.path ?? '' });
  await withPlane(world, async (plane) => {
    const page = Symbol('page');
    plane.attend(page, 'front');
    await vi.waitFor(() => expect(plane.state().telemetry.state).toBe('ok'), SOON);
    await writeFile(join(smi.folder, 'gone'), '');
    await vi.waitFor(() => expect(plane.state().telemetry.fault?.kind).toBe('no_driver'), SOON);
    expect(await plane.handlers['backend.stop']({})).toBeUndefined();
    expect(plane.state().backend.phase).toBe('stopped');
    expect(await plane.handlers['backend.start']({})).toBeUndefined();
    expect(plane.state().backend.phase).toBe('ready');
  });
});
