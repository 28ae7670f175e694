import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeSmi, fakeSmi } from '#fake-smi';
import { createDetails, type Details, type DetailsNeed, type DetailsQuery, detailsAreDue } from './details.ts';

const need = (time: number, more: Partial<DetailsNeed> = {}): DetailsNeed => ({
  time,
  mig: false,
  inSight: true,
  ...more,
});

describe('when -q -x is due', () => {
  const mig = { mig: true };
  const hidden = { inSight: false };

  it.each([
    ['at first', need(0), null, true],
    ['seldom', need(29_999), need(0), false],
    ['seldom', need(30_000), need(0), true],
    ['at once when MIG is on', need(1, mig), need(0), true],
    ['at once when MIG is off again', need(1), need(0, mig), true],
    ['often with MIG', need(4_999, mig), need(0, mig), false],
    ['often with MIG', need(5_000, mig), need(0, mig), true],
    ['never where nobody looks', need(999_999, hidden), need(0), false],
    ['never where nobody has looked yet', need(0, hidden), null, false],
    ['seldom where nobody looks, with MIG', need(5_000, { ...mig, ...hidden }), need(0, mig), false],
    ['seldom where nobody looks, with MIG', need(30_000, { ...mig, ...hidden }), need(0, mig), true],
  ] as const)('%s: %o after %o', (_, now, before, due) => {
    expect(detailsAreDue(now, before)).toBe(due);
  });
});

const named =
  'GPU 0: A (UUID: GPU-a)\n  MIG 1g.10gb     Device  0: (UUID: MIG-1)\n  MIG 2g.20gb     Device  1: (UUID: MIG-2)';
const print = (text: string) => `cat <<'X'\n${text}\nX`;

let fake: FakeSmi;
let stopping: AbortController;
let reports: Details[];
beforeEach(async () => {
  fake = await fakeSmi([]);
  stopping = new AbortController();
  reports = [];
});
afterEach(async () => {
  stopping.abort();
  await fake.remove();
});

function details(): DetailsQuery {
  const smi = fake.source.command;
  if (!smi) throw new Error('The fake is a program.');
  return createDetails({ smi, onDetails: (next) => reports.push(next), signal: stopping.signal });
}
const device = (index: number, used: number) =>
  `<mig_device><index>${index}</index><gpu_instance_id>${index + 7}</gpu_instance_id><compute_instance_id>0</compute_instance_id>
  <fb_memory_usage><total>9856 MiB</total><used>${used} MiB</used></fb_memory_usage></mig_device>`;
const answer = (xml: string) => fake.write({ stream: 'exit 2', xml, names: print(named) });
const say = (inner: string) =>
  answer(
    print(`<nvidia_smi_log><gpu id="0"><uuid>GPU-a</uuid><mig_devices>${inner}</mig_devices></gpu></nvidia_smi_log>`),
  );

describe.skipIf(process.platform === 'win32')('the query of -q -x', () => {
  it('queries the names of MIG devices only when the instances have changed', async () => {
    const look = details();
    const at = async (time: number) => {
      look.refresh(need(time, { mig: true }));
      // A query in progress is not repeated.
      look.refresh(need(time + 60_000, { mig: true }));
      await look.idle();
    };
    await say(device(0, 12));
    await at(0);
    await say(device(0, 500));
    await at(5_000);
    await say(device(0, 500) + device(1, 3));
    await at(10_000);
    expect(await fake.calls()).toEqual(['xml', 'names', 'xml', 'xml', 'names']);
    expect(
      reports.map(({ mig }) => mig.map(({ uuid, profile, memoryUsedMiB }) => [uuid, profile, memoryUsedMiB])),
    ).toEqual([
      [['MIG-1', '1g.10gb', 12]],
      [['MIG-1', '1g.10gb', 500]],
      [
        ['MIG-1', '1g.10gb', 500],
        ['MIG-2', '2g.20gb', 3],
      ],
    ]);
  });

  it('never queries names without MIG, and keeps no memory after a failure', async () => {
    const look = details();
    await say('None');
    look.refresh(need(0));
    await look.idle();
    expect(await fake.calls()).toEqual(['xml']);

    await say(device(0, 12));
    look.refresh(need(1, { mig: true }));
    await look.idle();
    await answer('echo "Unable to determine the device handle for GPU0: GPU is lost."; exit 15');
    look.refresh(need(5_001, { mig: true }));
    await look.idle();
    expect(look.latest().mig).toMatchObject([{ uuid: 'MIG-1', memoryTotalMiB: 9_856, memoryUsedMiB: null }]);
  });

  it('queries again after it was reset, and drops earlier answers', async () => {
    const look = details();
    await say(device(0, 12));
    look.refresh(need(0, { mig: true }));
    look.forget();
    await look.idle();
    expect(reports).toEqual([{ processes: [], mig: [] }]);
    look.refresh(need(1, { mig: true }));
    await look.idle();
    expect(reports.at(-1)?.mig).toMatchObject([{ memoryUsedMiB: 12 }]);
    stopping.abort();
    look.refresh(need(99_999, { mig: true }));
    await look.idle();
    expect(reports.length).toBe(2);
  });
});
