import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type FakeSmi, fakeRow, fakeSmi, forever } from '#fake-smi';
import { smiRow } from '#samples';
import { streamFields } from '../gpu/index.ts';
import { isWaiting, type Top, watchTop } from './top.ts';

let fake: FakeSmi;
beforeEach(async () => {
  fake = await fakeSmi(streamFields);
});
afterEach(() => fake.remove());

/** The first snapshot; no process is left. */
async function once(patience = {}): Promise<Top> {
  const over = new AbortController();
  const snapshots: Top[] = [];
  const onTop = (top: Top) => {
    snapshots.push(top);
    over.abort();
  };
  await watchTop({ smi: fake.source, everyMs: 10, onTop, patience }, over.signal);
  expect(await fake.alive()).toEqual([]);
  const [first] = snapshots;
  if (!first) throw new Error('There was no snapshot.');
  return first;
}
const LOST = '[GPU is lost]';
/** Some cells of a lost GPU still have a value. */
const lostRow = (index: number) =>
  streamFields
    .map((field) => (field === 'index' ? index : field === 'uuid' ? `GPU-${index}` : field === 'pstate' ? 'P8' : LOST))
    .join(', ');

it('reports a process list that fails, not an empty one', async () => {
  await fake.write({ stream: forever(fakeRow(streamFields)), apps: 'echo "Driver/library version mismatch"; exit 18' });
  const { answer } = await once();
  expect(answer?.gpus).toMatchObject([{ index: 0, memory_used_mib: 5 }]);
  expect(answer).toMatchObject({ processes: null, processes_reason: expect.stringContaining('version mismatch') });
});

it('reports a lost GPU among others, and fails where no GPU reports a value', async () => {
  await fake.write({ stream: forever(`${fakeRow(streamFields)}\n${lostRow(1)}`) });
  expect((await once()).answer).toMatchObject({ gpus: [{ state: 'ok' }, { state: 'lost', memory_used_mib: null }] });
  await fake.write({ stream: forever(lostRow(0)) });
  expect(await once()).toMatchObject({
    answer: { gpus: [{ index: 0, state: 'lost', memory_used_mib: null }] },
    failure: {
      name: 'gpu_lost',
      message: expect.stringContaining('GPU 0'),
      remedy: expect.stringContaining('restart'),
    },
  });
});

it('fails with the words of an nvidia-smi that runs without reporting a GPU, and says that it waits for a slow one', async () => {
  await fake.write({ stream: forever('No devices were found') });
  expect(await once({ noticeMs: 300 })).toMatchObject({
    answer: null,
    failure: { name: 'no_devices', message: expect.stringContaining('No devices were found') },
  });
  await fake.write({ stream: `sleep 1; ${forever(fakeRow(streamFields))}` });
  const { failure } = await once({ noticeMs: 300 });
  expect(isWaiting(failure)).toBe(true);
  expect(failure?.remedy).toContain('nvidia-smi -pm 1');
});

it('includes graphics processes, which only -q -x lists, in the first snapshot', async () => {
  const process = '<pid>4194305</pid><type>G</type><process_name>/usr/lib/xorg/Xorg</process_name>';
  const list = `<process_info>${process}<used_memory>61 MiB</used_memory></process_info>`;
  const gpu = `<gpu id="0"><uuid>GPU-0</uuid><processes>${list}</processes></gpu>`;
  const xml = `sleep 0.5; cat <<'X'\n<nvidia_smi_log>${gpu}</nvidia_smi_log>\nX`;
  await fake.write({ stream: forever(fakeRow(streamFields)), apps: ':', xml });
  expect((await once()).answer?.processes).toMatchObject([{ pid: 4194305, type: 'graphics', used_memory_mib: 61 }]);
});

it('reports system RAM for a GPU with unified memory, and says that it is', async () => {
  const none = { 'memory.total': '[N/A]', 'memory.used': '[N/A]', 'memory.free': '[N/A]', 'memory.reserved': '[N/A]' };
  const row = smiRow(streamFields, { index: 0, uuid: 'GPU-0', 'mig.mode.current': '[N/A]', name: 'GB10', ...none });
  await fake.write({ stream: forever(row), apps: 'echo "GPU-0, 4194305, 3, x"; echo "GPU-0, [N/A], 4, y"' });
  const { answer } = await once();
  const [gpu] = answer?.gpus ?? [];
  expect(gpu).toMatchObject({ unified_memory: true, reasons: {} });
  expect(gpu?.memory_total_mib).toBeGreaterThan(100);
  expect(gpu?.memory_used_mib).toBe(7);
  expect(answer?.processes).toMatchObject([{ pid: 4_194_305 }, { pid: null, name: 'y', used_memory_mib: 4 }]);
});

it('waits for the instances where MIG is on', async () => {
  const row = smiRow(streamFields, { index: 0, uuid: 'GPU-0', 'mig.mode.current': 'Enabled', name: 'Fake' });
  const device = '<gpu_instance_id>1</gpu_instance_id><compute_instance_id>0</compute_instance_id>';
  const devices = `<mig_devices><mig_device><index>0</index>${device}</mig_device></mig_devices>`;
  const xml = `<nvidia_smi_log><gpu id="0"><uuid>GPU-0</uuid>${devices}</gpu></nvidia_smi_log>`;
  await fake.write({ stream: forever(row), xml: `sleep 0.5; cat <<'X'\n${xml}\nX` });
  expect((await once()).answer?.gpus).toMatchObject([{ mig_enabled: true, mig: [{ gpu_instance: 1 }] }]);
});

it('stops at once when it is interrupted while nvidia-smi hangs', async () => {
  await fake.write({ stream: forever(fakeRow(streamFields)), apps: 'sleep 1000', xml: 'sleep 1000' });
  const over = new AbortController();
  const watching = watchTop({ smi: fake.source, everyMs: 10, onTop: () => undefined }, over.signal);
  await vi.waitFor(async () => expect(await fake.calls()).toContain('apps'), 20_000);
  const began = Date.now();
  over.abort();
  await watching;
  // Sooner than nvidia-smi itself is given up.
  expect(Date.now() - began).toBeLessThan(8_000);
  expect(await fake.alive()).toEqual([]);
});
