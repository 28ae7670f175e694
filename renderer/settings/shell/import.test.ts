import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings, type Settings, settingNames, settingsSchema, toShell } from '#contract';
import { readAssignments } from './assignments.ts';
import { importedSettings, readImport } from './import.ts';

const pairs = (text: string) =>
  readAssignments(text).map((one) => ('name' in one ? [one.name, one.value] : one.problem));

describe('assignments', () => {
  it.each([
    ['export A=b', [['A', 'b']]],
    ['A=b', [['A', 'b']]],
    [
      '  export A=b C=d # both',
      [
        ['A', 'b'],
        ['C', 'd'],
      ],
    ],
    [
      'A=1; B=2 && export C=3',
      [
        ['A', '1'],
        ['B', '2'],
        ['C', '3'],
      ],
    ],
    [`declare -x A="b c"`, [['A', 'b c']]],
    [`A='it'\\''s'`, [['A', "it's"]]],
    ['A="a \\"b\\" \\$c"', [['A', 'a "b" $c']]],
    [
      'export A=b \\\n  C=d',
      [
        ['A', 'b'],
        ['C', 'd'],
      ],
    ],
    ['A=a#b', [['A', 'a#b']]],
    ['A=', [['A', '']]],
    ['set A=b c', [['A', 'b c']]],
    ['SET "A=b c"', [['A', 'b c']]],
    ['$env:A = "b c"', [['A', 'b c']]],
    ["$Env:A='it''s';", [['A', "it's"]]],
    ['$env:A=1', [['A', '1']]],
    ['# a comment\nREM another\n:: a third\n\n', []],
    [
      '\uFEFFA=b\r\nC=d',
      [
        ['A', 'b'],
        ['C', 'd'],
      ],
    ],
  ])('are read: %j', (text, found) => expect(pairs(text)).toEqual(found));

  it.each([
    ['A="$HOME/x"', 'expansion'],
    ['A=$HOME', 'expansion'],
    ['A=`date`', 'expansion'],
    ['set A=%USERPROFILE%', 'expansion'],
    ['$env:A="$env:HOME"', 'expansion'],
    ['A="b', 'quote'],
    ["A='b", 'quote'],
    ['$env:A="b', 'quote'],
    ['python -m lbs.server', 'syntax'],
    ['export A', 'syntax'],
    ['unset A', 'syntax'],
    ['A=b | cat', 'syntax'],
  ])('are refused where the shell would put something else: %s', (text, problem) =>
    expect(pairs(text).at(-1)).toBe(problem),
  );

  it('never fail, and say a line of the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...`aA=b\n'"\\$ #;&set`) }), (text) => {
        for (const { line } of readAssignments(text)) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(text.split('\n').length);
        }
      }),
    );
  });
});

const paths = fc.stringMatching(/^\/[\w .'"$`\\#;&%()-]{0,20}$/);
const settings: fc.Arbitrary<Settings> = fc.record({
  ...(Object.fromEntries(settingNames.map((name) => [name, fc.constant(defaultSettings[name])])) as {
    [N in keyof Settings]: fc.Arbitrary<Settings[N]>;
  }),
  LBS_GPU_MEMORY_LIMIT: fc.constantFrom(0, 0.8, 1, '22GiB', '-2GiB'),
  LBS_USE_MODEL_CACHE: fc.boolean(),
  LBS_TORCH_DTYPE: fc.constantFrom(null, 'float16' as const, 'auto' as const),
  LBS_MAX_CACHED_LOCAL_MODELS: fc.nat(9),
  LBS_GPU_MAX_UTILIZATION: fc.constantFrom(0.5, 0.25, 1),
  // What surrounds a path is not part of it.
  LBS_DB_PATH: fc.oneof(
    fc.constant(null),
    paths.map((path) => path.trim()),
  ),
});

describe('an import', () => {
  it('reads what "Copy as shell" writes', () => {
    fc.assert(
      fc.property(settings, (all) => {
        const lines = readImport(toShell(all));
        expect(lines.filter((line) => 'problem' in line)).toEqual([]);
        expect(settingsSchema.parse({ ...defaultSettings, ...importedSettings(lines) })).toEqual(all);
      }),
    );
  });

  it('refuses line by line, and imports the rest', () => {
    const text = [
      'export LBS_GPU_MEMORY_LIMIT=80',
      'export LBS_TORCH_DTYPE=float16 CUDA_VISIBLE_DEVICES=0',
      'LBS_USE_MODEL_CACHE=1',
      'LBS_USE_MODEL_CACHE=false',
      'LBS_DB_PATH=$HOME/results.db',
      'LBS_TORCH_DTYPES=auto',
    ].join('\n');
    const lines = readImport(text);
    expect(lines.map((line) => [line.line, 'problem' in line ? line.problem : line.change])).toEqual([
      [1, 'invalid'],
      [2, 'LBS_TORCH_DTYPE'],
      [2, 'unknown'],
      [3, 'replaced'],
      [4, 'LBS_USE_MODEL_CACHE'],
      [5, 'expansion'],
      [6, 'unknown'],
    ]);
    expect(importedSettings(lines)).toEqual({ LBS_TORCH_DTYPE: 'float16', LBS_USE_MODEL_CACHE: false });
  });
});
