import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defaultSettings, type SettingName, settingNames, settingSchemas, settingToText } from '#contract';
import { parseSettingText } from '../../electron/core/settings/index.ts';
import { finish, python, root } from '../fixtures/panel.ts';

// Texts at the edge of what each variable accepts; both sides must agree on each of them.
const texts: Partial<Record<SettingName, string[]>> = {
  LBS_GPU_MEMORY_LIMIT: ['0', '0.0', '0.8', '1', '1.0', '80', '-0.1', '1.01', 'nan', 'inf', 'x', '1e-3'],
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

it('the panel and the backend know the same variables, defaults and values', async () => {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('LBS_'));
  const env = { ...Object.fromEntries(own), HEADROOM_UNDER_PANEL: '1' };
  const feed = `import sys, io; sys.stdin = io.StringIO(${JSON.stringify(JSON.stringify(texts))})\n`;
  const fromBackend = JSON.parse(await finish(python, ['-c', feed + script], { cwd: join(root, 'python'), env }));
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
