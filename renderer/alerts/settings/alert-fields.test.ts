import { describe, expect, it } from 'vitest';
import { type AlertKind, alertKinds, alertSettingsSchema } from '#contract';
import { alertFields, fieldText, parseField } from './alert-fields.ts';

const settings = alertSettingsSchema.parse({});

describe('the numbers of an alert’s rule', () => {
  it.each(alertKinds)('%s: are complete, and parse to what they show', (kind: AlertKind) => {
    const names = Object.keys(settings[kind]).filter((name) => name !== 'on');
    expect(alertFields[kind].map(({ name }) => name).sort()).toEqual(names.sort());
    for (const field of alertFields[kind])
      expect(parseField(kind, settings[kind], field, fieldText(settings[kind], field))).toEqual({
        rule: settings[kind],
      });
  });

  it('are shares in per cent', () => {
    const [over] = alertFields.limit;
    if (!over) throw new Error('limit has no field');
    expect(fieldText(settings.limit, over)).toBe('95');
    expect(parseField('limit', settings.limit, over, '80')).toEqual({ rule: { on: true, over: 0.8 } });
  });

  it.each([
    ['limit', 0, '0', { min: 1, max: 100 }],
    ['limit', 0, '101', { min: 1, max: 100 }],
    ['hot', 0, '200', { min: 30, max: 120 }],
    ['hot', 1, '-1', { min: 0, max: 1440 }],
    ['headroom', 0, '', { min: 0, max: null }],
    ['headroom', 0, 'many', { min: 0, max: null }],
    ['taken', 0, '1.5', { min: 1, max: null }],
    ['collection', 0, '4', { min: 5, max: 3600 }],
  ] as const)('%s %i refuses %j with its bounds', (kind, index, text, bounds) => {
    const field = alertFields[kind][index];
    if (!field) throw new Error(`${kind} has no field ${index}`);
    expect(parseField(kind, settings[kind], field, text)).toEqual(bounds);
  });
});
