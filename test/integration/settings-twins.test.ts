import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  budgetMiB,
  defaultSettings,
  type Limit,
  limitSchema,
  type SettingName,
  settingNames,
  settingSchemas,
  settingToText,
} from '#contract';
import { parseSettingText } from '../../electron/core/settings/index.ts';
import { finish, python, root } from '../fixtures/panel.ts';

const limitTexts = [
  ...['0', '0.0', '-0', '0.8', '.5', '1.', '1', '1.0', '80', '-0.1', '1.01', 'nan', 'inf', 'x', '1e-3', '1e999', '0_8'],
  ...['80%', '80 %', '100%', '0%', '150%', '-10%', '1e1%', '.5%', '22GiB', '22.50 gib', '022528MiB', '22 gb', '0.5MB'],
  ...[
    '-2GiB',
    ' - 512 MiB ',
    '--2GiB',
    '+2GiB',
    '0GiB',
    '-0.0GiB',
    '22G',
    '22 m',
    '-2gi',
    '-2',
    '-1000',
    '22TiB',
    '2,5GiB',
  ],
  ...[
    '.5GiB',
    '2.GiB',
    '1e3MiB',
    '2²GiB',
    '２GiB',
    '22 GıB',
    '1234567890MiB',
    '0.1234567891GiB',
    '0.000000001MB',
    'GiB',
    '-',
  ],
];
const randomLimits = fc.sample(
  fc
    .tuple(
      fc.constantFrom('', '', '-', '- ', '+'),
      fc.oneof(
        fc.nat(120),
        fc.double({ min: 0, max: 120, noNaN: true }),
        fc.constantFrom('007', '1.500', '99.000000001'),
      ),
      fc.constantFrom('', ' ', '\t'),
      fc.constantFrom('', '%', 'MiB', 'gib', 'MB', 'Gb', 'G', 'mi', 'B', 'TiB'),
    )
    .map((parts) => parts.join('')),
  { numRuns: 300, seed: 19 },
);

// Texts at the edge of what each variable accepts; both sides must agree on each of them.
const texts: Partial<Record<SettingName, string[]>> = {
  LBS_GPU_MEMORY_LIMIT: [...limitTexts, ...randomLimits],
  LBS_TORCH_DTYPE: ['auto', 'float16', 'bfloat16', 'float32', 'fp16', 'FLOAT16'],
  LBS_LOCAL_DEVICE_MAP: ['auto', 'cpu', 'cuda:0', 'cuda:12', 'cuda', 'gpu'],
  LBS_OFFLOAD: ['auto', 'ask', 'never', 'disk'],
  LBS_MAX_CACHED_LOCAL_MODELS: ['0', '4', '-1', 'x'],
  LBS_GPU_MAX_UTILIZATION: ['0.5', '1', '0', '1.1', 'x'],
  LBS_CPU_MAX_UTILIZATION: ['0.8', '0', '2'],
  LBS_ALLOWED_ORIGINS: [
    ...['http://a.example', 'http://a.example/', 'null', '*', '1', 'http://a.example/page', 'HTTP://a', 'http://*.a'],
    ...['https://a:81, null', 'http://u@a', 'http://a b', ',', ' http://a ,'],
  ],
  LBS_MODEL_DIRS: [
    '/data',
    '/data/:/other',
    '~/models',
    '~',
    'models',
    '/data:models',
    ':',
    ' /data ',
    './a',
    '~nobody-here/a',
    '~root/models',
    'C:\\models;D:\\',
  ],
  LBS_PORT: ['0', '5000', '65535', '65536', '-1'],
};
const flags = ['LBS_ENABLE_MEMORY_MANAGEMENT', 'LBS_USE_MODEL_CACHE', 'LBS_TRUST_REMOTE_CODE'] as const;
for (const name of flags) texts[name] = ['0', '1', 'true', 'false', 'True', 'yes', '2'];

const script = `
import json, os, sys
from lbs.settings import Settings, SettingsError
out = {"fields": sorted(Settings().public()), "defaults": {k: v["value"] for k, v in Settings().public().items()}, "taken": {}}
for name, texts in json.load(sys.stdin).items():
    for text in texts:
        os.environ[name] = text
        try:
            out["taken"][f"{name}={text}"] = Settings.load().public()[name]["value"]
        except SettingsError:
            out["taken"][f"{name}={text}"] = None
    del os.environ[name]
print(json.dumps(out))
`;

const budgetScript = `
import json, sys
from lbs.memory.limit_value import Limit
limits, totals = json.load(sys.stdin)
print(json.dumps([[Limit.parse(limit).budget(total) for total in totals] for limit in limits]))
`;

/** What a script prints as JSON for this input. */
async function fromPython(code: string, input: unknown, env: NodeJS.ProcessEnv) {
  const feed = `import sys, io; sys.stdin = io.StringIO(${JSON.stringify(JSON.stringify(input))})\n`;
  return JSON.parse(await finish(python, ['-c', feed + code], { cwd: join(root, 'python'), env }));
}

it('the panel and the backend know the same variables, defaults and values', async () => {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('LBS_'));
  const env = { ...Object.fromEntries(own), HEADROOM_UNDER_PANEL: '1' };
  const fromBackend = await fromPython(script, texts, env);
  expect(fromBackend.fields).toEqual([...settingNames].sort());
  // The panel requests a free port; by hand it is 5000. The backend chooses its own default paths.
  for (const name of settingNames.filter((one) => one !== 'LBS_PORT' && settingToText(defaultSettings[one]) !== null))
    expect([name, fromBackend.defaults[name]]).toEqual([name, defaultSettings[name]]);
  for (const [name, list] of Object.entries(texts) as [SettingName, string[]][]) {
    for (const text of list) {
      const ours = parseSettingText(name, text);
      expect([name, text, ours.ok ? ours.value : null]).toEqual([name, text, fromBackend.taken[`${name}=${text}`]]);
    }
  }
  expect(Object.keys(settingSchemas)).toHaveLength(settingNames.length);
});

it('a limit gives each GPU the same budget on both sides', async () => {
  const limits = [...limitTexts, ...randomLimits].flatMap((text): Limit[] => {
    const { data } = limitSchema.safeParse(text);
    return data === undefined ? [] : [data];
  });
  const totals = [255 * 2 ** 20, 24_564 * 2 ** 20, 143_771 * 2 ** 20];
  const theirs: (number | null)[][] = await fromPython(budgetScript, [limits, totals], process.env);
  expect(limits.length).toBeGreaterThan(100);
  limits.forEach((limit, row) => {
    totals.forEach((total, column) => {
      const ours = budgetMiB(limit, total / 2 ** 20);
      const budget = theirs[row]?.[column] ?? null;
      const isNear = ours === null || budget === null ? ours === budget : Math.abs(ours * 2 ** 20 - budget) <= 1;
      expect([limit, total, ours, budget, isNear]).toEqual([limit, total, ours, budget, true]);
      if (ours !== null) expect(ours).toBeLessThanOrEqual(total / 2 ** 20);
    });
  });
});
