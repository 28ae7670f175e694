import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRecording, recordingBounds } from '#contract';
import { gpuSample, tickOf } from '#samples';
import { headerLine, itemsLine, linesOf, panelState, runOf, stateLine } from '../fixtures/recorded.ts';

const T = 1_700_000_000_000;
const head = headerLine(T);
const whole = stateLine(T, panelState());
const tick = tickOf(T - 1_000, gpuSample({ memoryUsedMiB: 7 }));

const open = (bytes: Uint8Array) => readRecording(new Blob([Uint8Array.from(bytes)]));
const pack = (...lines: unknown[]) => gzipSync(linesOf(...lines));
const damaged = async (message: string | RegExp, ...lines: unknown[]) =>
  await expect(open(pack(...lines))).rejects.toMatchObject({
    code: 'invalid_input',
    message: expect.stringMatching(message),
  });

describe('a recording', () => {
  it('is read as it was written, in the order of its time', async () => {
    const later = { ...panelState().warm, state: 'warm' as const };
    const read = await open(
      pack(
        head,
        whole,
        itemsLine(T, 'ticks', [tick]),
        itemsLine(T + 10, 'log', ['one\r\n', 'two'], 3),
        stateLine(T + 500, { warm: later }),
        itemsLine(T + 600, 'runs', [runOf()]),
        // The clock of a stranger may go back; the recording's does not.
        itemsLine(T - 99, 'log', ['three']),
      ),
    );
    expect(read).toMatchObject({ from: T - 1_000, to: T + 600, truncated: false, ticks: [tick] });
    expect(read.state.get('warm')).toEqual([
      { at: T, value: panelState().warm },
      { at: T + 500, value: later },
    ]);
    expect(read.log).toEqual([
      { at: T + 10, value: 'one\r\ntwo', dropped: 3 },
      { at: T + 600, value: 'three', dropped: 0 },
    ]);
    expect(read.runs).toEqual([{ at: T + 600, value: runOf() }]);
  });

  it('ignores what a later Headroom tells beside', async () => {
    const read = await open(pack(head, { ...whole, changed: { ...panelState(), moods: ['good'], __proto__x: 1 } }));
    expect([...read.state.keys()].sort()).toEqual(Object.keys(panelState()).sort());
  });

  it('takes the settings of an older Headroom, and of a later one', async () => {
    const { settings } = panelState();
    const { LBS_MODEL_DIRS: _, ...older } = settings.desired;
    const { stage: __, ...run } = runOf();
    const later = { LBS_LATER: 1, LBS_ALLOWED_ORIGINS: '*' };
    const recordedSettings = {
      desired: { ...older, ...later },
      running: later,
      overrides: { LBS_LATER: '1', LBS_PORT: '7' },
      pending: ['LBS_PORT', 'LBS_LATER'],
    };
    const changed = { ...panelState(), settings: { ...settings, ...recordedSettings } };
    const read = await open(pack(head, { ...whole, changed }, itemsLine(T, 'runs', [run])));
    const known = {
      desired: { ...settings.desired, LBS_ALLOWED_ORIGINS: '*' },
      running: { LBS_ALLOWED_ORIGINS: '*' },
      overrides: { LBS_PORT: '7' },
      pending: ['LBS_PORT'],
    };
    expect(read.state.get('settings')).toEqual([{ at: T, value: { ...settings, ...known } }]);
    expect(read.runs).toEqual([{ at: T, value: runOf() }]);
  });

  it('shows no escape sequence that a view may not carry out, however it is cut', async () => {
    const read = await open(
      pack(
        head,
        whole,
        itemsLine(T, 'log', ['a\x1b]52;c;cm0g', 'LXJm\x07b\x1b[99']),
        itemsLine(T, 'log', ['9999999b']),
      ),
    );
    expect(read.log.map(({ value }) => value).join('')).toBe('ab');
  });
});

describe('a torn recording', () => {
  it('keeps what was whole, wherever it was cut, and says so', async () => {
    const lines = Array.from({ length: 300 }, (_, i) => itemsLine(T + i, 'log', [`${i} ${Math.sin(i)}\n`]));
    const packed = pack(head, whole, ...lines);
    for (const cut of [1, 7, 8, 100, 1_000, packed.length >> 1]) {
      const bytes = packed.subarray(0, packed.length - cut);
      const opened = await open(bytes).catch((error: Error) => error);
      // Node's own unpacker keeps less than 16 KiB to itself where no flush was written.
      if (opened instanceof Error) expect(opened.message).toMatch(/cut off before its first state|is empty/);
      else {
        expect(opened.truncated).toBe(true);
        const kept = opened.log.map(({ value }) => value);
        expect(kept).toEqual(lines.slice(0, kept.length).map((line) => line.items[0]));
      }
    }
  });

  it('whose last line has no newline leaves that line out', async () => {
    const text = linesOf(head, whole, itemsLine(T, 'log', ['kept']), itemsLine(T, 'log', ['lost']));
    const read = await open(gzipSync(text.slice(0, -5)));
    expect(read.truncated).toBe(true);
    expect(read.log.map(({ value }) => value)).toEqual(['kept']);
  });
});

describe('a file that is not a recording, or a damaged one', () => {
  it.each([
    ['no gzip', Buffer.from('GPU-Z log'), 'not compressed with gzip'],
    ['nothing', Buffer.alloc(0), 'is empty'],
    ['gzip of nothing', gzipSync(''), 'is empty'],
    ['another text', gzipSync('time,value\n1,2\n'), 'not a Headroom recording'],
    ['another JSON', gzipSync('{"format":"other"}\n'), 'not a Headroom recording'],
    ['a null', gzipSync('null\n'), 'not a Headroom recording'],
    ['a later version', pack({ ...head, version: 2 }), 'later version of Headroom'],
    ['a header alone', pack(head), 'cut off before its first state'],
    ['a part of a state', pack(head, stateLine(T, { notices: [] })), 'lacks: .*telemetry'],
  ])('%s is rejected with a sentence', async (_, bytes, message) => {
    await expect(open(bytes)).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(message),
    });
  });

  it('is rejected with the number of its line', async () => {
    await damaged('^Line 3 .*not JSON', head, whole, '{"type":"state",');
    await damaged('^Line 3 .*line', head, whole, { type: 'sound', at: T });
    await damaged('^Line 3 .*ticks\\.time', head, whole, itemsLine(T, 'ticks', [{ time: 'now', gpus: [] }]));
    await damaged('^Line 3 .*runs\\.req_id', head, whole, itemsLine(T, 'runs', [{ ...runOf(), req_id: 7 }]));
    await damaged('^Line 3 .*log\\.0', head, whole, itemsLine(T, 'log', [7]));
    await damaged('^Line 2 .*backend\\.phase', head, {
      ...whole,
      changed: { ...panelState(), backend: { ...panelState().backend, phase: '<img src=x>' } },
    });
    await damaged('^Line 3 .*impossible time', head, whole, itemsLine(1e300, 'log', []));
    await damaged('^Line 3 .*impossible time', head, whole, itemsLine(T, 'ticks', [tickOf(-1)]));
    const bytes = Buffer.concat([Buffer.from(linesOf(head, whole)), Buffer.from([0xff, 0xfe, 0x0a])]);
    await expect(open(gzipSync(bytes))).rejects.toThrow('Line 3 of this recording is damaged: it is not UTF-8.');
  });

  it('is refused where a page could not draw it', async () => {
    const many = Array.from({ length: 65 }, (_, index) => gpuSample({ index, uuid: `GPU-${index}` }));
    await damaged('Line 3 .*more than 64 GPUs', head, whole, itemsLine(T, 'ticks', [tickOf(T, ...many)]));
    const events = Array.from({ length: 5_000 }, () => ({ time: T, kind: 'ready', text: '' }) as const);
    await damaged('Line 3 .*too much in "events"', head, whole, stateLine(T, { events }));
    const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
    const run = JSON.stringify(runOf()).replace('"parameters":{}', `"parameters":${deep}`);
    await damaged(
      'Line 3 .*nested too deep',
      head,
      whole,
      `{"type":"items","at":1,"stream":"runs","items":[${run}],"dropped":0}`,
    );
  });

  it('is distinguished from a truncated one', async () => {
    const noise = Array.from({ length: 2_000 }, (_, i) => itemsLine(T, 'log', [String(Math.sin(i) * 1e9)]));
    const bytes = Buffer.from(pack(head, whole, ...noise));
    // The checksum of what was packed.
    bytes[bytes.length - 8] = (bytes[bytes.length - 8] ?? 0) ^ 1;
    await expect(open(bytes)).rejects.toThrow(/damaged after line \d+: it cannot be decompressed/);
  });
});

/** gzip of a text again and again, made without holding it; of one member, as newer Nodes and browsers take no other. */
async function repeated(text: string, times: number, first = ''): Promise<Buffer> {
  const packed = Readable.from([first, ...Array.from({ length: times }, () => text)]).pipe(createGzip());
  return Buffer.concat(await packed.toArray());
}

describe('a bomb', () => {
  it('of one endless line costs no more than a line', async () => {
    const bomb = await repeated('x'.repeat(2 ** 20), 300);
    expect(bomb.length).toBeLessThan(2 ** 20);
    const before = process.memoryUsage().arrayBuffers;
    await expect(open(bomb)).rejects.toThrow('Line 1 of this recording is longer than 4 MiB');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20);
  });

  it('of many lines is refused at the bound', async () => {
    await expect(open(gzipSync(Buffer.alloc(2 ** 22, '\n')))).rejects.toThrow('not a Headroom recording');
    const empty = `${JSON.stringify(itemsLine(T, 'log', []))}\n`;
    const lines = gzipSync(linesOf(head, whole) + empty.repeat(recordingBounds.lines));
    await expect(open(lines)).rejects.toThrow('more than 500000 lines');
  });

  it('that decompresses without end is rejected at the bound', async () => {
    const long = `${JSON.stringify(itemsLine(T, 'log', ['\n'.repeat(2 ** 20)]))}\n`;
    const times = Math.ceil(recordingBounds.unpackedBytes / long.length);
    await expect(open(await repeated(long, times, linesOf(head, whole)))).rejects.toThrow(
      'decompresses to more than 192 MiB',
    );
  });

  it('that exceeds the largest recording is read no further', async () => {
    const line = `${JSON.stringify(itemsLine(T, 'log', ['x'.repeat(2 ** 20)]))}\n`;
    // Level 0 packs nothing.
    const file = gzipSync(linesOf(head, whole) + line.repeat(66), { level: 0 });
    await expect(open(file)).rejects.toThrow('larger than a recording can be (64 MiB)');
  });

  it('with endlessly nested JSON is rejected', async () => {
    const deep = '['.repeat(2 ** 20);
    await damaged('Line 2 .*not JSON', head, deep);
    await damaged(
      'Line 3',
      head,
      whole,
      `{"type":"state","at":1,"changed":{"telemetry":${deep}${']'.repeat(2 ** 20)}}}`,
    );
  });

  it('with endlessly nested sentences is rejected', async () => {
    const sentence = `${'{"code":"a","text":"","values":{"b":'.repeat(5_000)}1${'}}'.repeat(5_000)}`;
    const notice = `{"id":"a","level":"info","time":1,"code":"a","sentence":${sentence}}`;
    const state = `{"type":"state","at":${T},"changed":{"notices":[${notice}]}}`;
    await damaged('Line 3 .*nested too deep', head, whole, state);
    const run = JSON.stringify({ ...runOf(), error_sentence: 0 }).replace(
      '"error_sentence":0',
      `"error_sentence":${sentence}`,
    );
    await damaged(
      'Line 3 .*nested too deep',
      head,
      whole,
      `{"type":"items","at":${T},"stream":"runs","items":[${run}],"dropped":0}`,
    );
  });
});

describe('any bytes', () => {
  const outcome = async (bytes: Uint8Array) => {
    try {
      return (await open(bytes)).truncated;
    } catch (error) {
      expect(error).toMatchObject({ name: 'PanelError', code: 'invalid_input' });
      return null;
    }
  };

  it('are a recording or a clear error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        expect(await outcome(bytes)).toBeNull();
        expect(await outcome(gzipSync(bytes))).toBeNull();
      }),
      { numRuns: 50 },
    );
  });

  it('in place of some of a right one are too', async () => {
    const right = pack(head, whole, itemsLine(T, 'ticks', [tick]), itemsLine(T, 'log', ['text']));
    const spot = fc.tuple(fc.nat(right.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(spot, { minLength: 1, maxLength: 4 }), fc.nat(right.length), async (spots, end) => {
        const bytes = Buffer.from(right);
        for (const [at, byte] of spots) bytes[at] = byte;
        await outcome(bytes.subarray(0, end));
      }),
      { numRuns: 100 },
    );
  });

  it('as any JSON in a line are too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.json(), { maxLength: 5 }),
        fc.dictionary(fc.string(), fc.jsonValue()),
        async (lines, changed) => {
          await outcome(pack(head, whole, ...lines));
          await outcome(pack(head, whole, { type: 'state', at: T, changed }));
        },
      ),
      { numRuns: 100 },
    );
  });
});
