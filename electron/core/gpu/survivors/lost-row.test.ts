import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tickSchema, verbatim } from '#contract';
import { smiRow } from '#samples';
import { createRowParser, type Row, streamFields } from '../stream/row.ts';
import { lostRow, unknownDevice, withLost } from './lost-row.ts';

const { parse } = createRowParser(streamFields);
const well = (index: number) => parse(smiRow(streamFields, { index, uuid: `GPU-${index}` })) as Row;
const kinds = ['gpu_lost', 'needs_reset', 'no_permission', 'silent', 'no_devices', 'unknown', 'inforom'] as const;
const gpu = fc.record({ index: fc.nat(15), kind: fc.constantFrom(...kinds), isKnown: fc.boolean() });

it('completes a sample: each GPU once, in the order of the index, and a lost one without a value', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(15)),
      fc.uniqueArray(gpu, { selector: ({ index }) => index }),
      (indexes, gpus) => {
        const lost = gpus.map(({ index, kind, isKnown }) =>
          lostRow({
            fault: { kind, sentence: verbatim(kind), exitCode: 255 },
            ...{ index, uuid: isKnown ? `GPU-${index}` : null, facts: unknownDevice },
          }),
        );
        const rows = withLost([...indexes].sort((one, other) => one - other).map(well), lost);
        const samples = rows.map(({ sample }) => sample);
        const tick = { time: 1, gpus: samples, host: null };
        expect(tickSchema.parse(tick)).toEqual(tick);
        expect(new Set(samples.map(({ uuid }) => uuid)).size).toBe(samples.length);
        expect(samples.map(({ index }) => index)).toEqual(samples.map(({ index }) => index).sort((a, b) => a - b));
        for (const { sample } of lost) {
          expect(samples.filter(({ uuid }) => uuid === sample.uuid)).toEqual([sample]);
          expect([sample.state === 'ok', sample.memoryUsedMiB, sample.reasons?.memoryUsedMiB]).toEqual([
            false,
            null,
            sample.state,
          ]);
        }
      },
    ),
  );
});
