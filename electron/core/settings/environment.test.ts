import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings, type Health, type Settings, settingNames, settingsSchema, settingToText } from '#contract';
import { backendEnvironment, overridesIn } from './environment.ts';
import { inForce, pendingSettings } from './in-force.ts';
import { parseSettingText, typedOverrides } from './text.ts';

const text = fc.stringMatching(/^[ -~]{0,12}$/);
const share = fc.double({ min: 1e-9, max: 1, noNaN: true });
const settings: fc.Arbitrary<Settings> = fc
  .record({
    LBS_GPU_MEMORY_LIMIT: fc.oneof(fc.constant(0), share, fc.constantFrom('22GiB', '-512MiB', '23.6GB')),
    LBS_ENABLE_MEMORY_MANAGEMENT: fc.boolean(),
    LBS_USE_MODEL_CACHE: fc.boolean(),
    LBS_TORCH_DTYPE: fc.constantFrom('auto', 'float16', 'bfloat16', 'float32'),
    LBS_LOCAL_DEVICE_MAP: fc.constantFrom('auto', 'cpu', 'cuda:1'),
    LBS_OFFLOAD: fc.constantFrom('auto', 'ask', 'never'),
    LBS_TRUST_REMOTE_CODE: fc.boolean(),
    LBS_MAX_CACHED_LOCAL_MODELS: fc.nat(9),
    LBS_GPU_MAX_UTILIZATION: share,
    LBS_CPU_MAX_UTILIZATION: share,
    LBS_DB_PATH: fc.option(text.filter((path) => path !== '')),
    LBS_DATASETS: fc.constant(null),
    LBS_WEB_DIR: fc.constant(null),
    LBS_MODEL_DIRS: fc.constantFrom('', '/data', '/data:~/models'),
    LBS_ALLOWED_ORIGINS: fc.constantFrom('', 'null', 'http://a.example, https://b:81/'),
    LBS_WARM_WORKERS: fc.boolean(),
    LBS_HOST: fc.constantFrom('127.0.0.1', '::1', '127'),
    LBS_PORT: fc.nat(65535),
  })
  .map((raw) => settingsSchema.parse(raw));

/** What the backend reports when it was started with exactly this environment. */
function healthOf(env: Record<string, string>): Health['settings'] {
  const entries = settingNames.map((name) => {
    const given = env[name];
    if (given === undefined) return [name, { value: '/chosen/by/backend', source: 'default' }];
    const parsed = parseSettingText(name, given);
    return [name, { value: parsed.ok ? parsed.value : given, source: 'environment' }];
  });
  return Object.fromEntries(entries);
}

describe("the backend's environment", () => {
  it('brings every setting over: nothing is pending after a start with it', () => {
    fc.assert(
      fc.property(settings, (desired) => {
        const env = backendEnvironment({ env: { PATH: '/bin' }, desired, overrides: {} });
        const running = inForce(healthOf(env));
        expect(pendingSettings({ desired, running, overrides: {} })).toEqual([]);
        for (const name of settingNames) expect(env[name]).toBe(settingToText(desired[name]) ?? undefined);
      }),
    );
  });

  it('gives an override its own text, and takes away what has no value', () => {
    const env = { PATH: '/bin', LBS_GPU_MEMORY_LIMIT: '80%', LBS_DB_PATH: '', LBS_WEB_DIR: undefined, LBS_TOKEN: 't' };
    const overrides = overridesIn(env);
    expect(overrides).toEqual({ LBS_GPU_MEMORY_LIMIT: '80%' });
    const child = backendEnvironment({ env, desired: { ...defaultSettings, LBS_GPU_MEMORY_LIMIT: 0.5 }, overrides });
    expect(child).toMatchObject({ PATH: '/bin', LBS_TOKEN: 't', LBS_GPU_MEMORY_LIMIT: '80%', LBS_OFFLOAD: 'ask' });
    expect(Object.keys(child)).not.toContain('LBS_DB_PATH');
    expect(Object.values(child)).not.toContain(undefined);
  });
});

describe('what is in force', () => {
  const desired: Settings = { ...defaultSettings, LBS_GPU_MEMORY_LIMIT: 0.8, LBS_PORT: 5 };

  it('is pending where it differs from what is desired, but not where an override stays', () => {
    const running = { ...defaultSettings, LBS_GPU_MEMORY_LIMIT: 0.6 };
    expect(pendingSettings({ desired, running, overrides: {} })).toEqual(['LBS_GPU_MEMORY_LIMIT', 'LBS_PORT']);
    const overrides = { LBS_GPU_MEMORY_LIMIT: '0.6' };
    expect(pendingSettings({ desired, running, overrides })).toEqual(['LBS_PORT']);
    expect(pendingSettings({ desired, running: null, overrides: {} })).toEqual([]);
    // What an older backend does not tell is unknown, not different.
    expect(pendingSettings({ desired, running: { LBS_PORT: 5 }, overrides: {} })).toEqual([]);
  });

  it('leaves out what it does not know or cannot read', () => {
    const settings: Health['settings'] = {
      LBS_GPU_MEMORY_LIMIT: { value: '0.6', source: 'environment' },
      LBS_TORCH_DTYPE: { value: 'int4', source: 'environment' },
      LBS_FUTURE: { value: 1, source: 'default' },
      LBS_DB_PATH: { value: '/data/results.db', source: 'default' },
    };
    expect(inForce(settings)).toEqual({ LBS_GPU_MEMORY_LIMIT: 0.6, LBS_DB_PATH: null });
  });
});

describe('the text of a variable', () => {
  it.each([
    ['LBS_USE_MODEL_CACHE', '1', true],
    ['LBS_USE_MODEL_CACHE', 'False', false],
    ['LBS_GPU_MEMORY_LIMIT', ' 1 ', 1],
    ['LBS_GPU_MEMORY_LIMIT', '.5', 0.5],
    ['LBS_GPU_MEMORY_LIMIT', '80%', 0.8],
    ['LBS_GPU_MEMORY_LIMIT', ' -2.0 gib', '-2GiB'],
    ['LBS_ALLOWED_ORIGINS', 'null', 'null'],
  ] as const)('%s=%s is read as the backend reads it', (name, given, value) => {
    expect(parseSettingText(name, given)).toEqual({ ok: true, value });
  });

  it.each([
    ['LBS_GPU_MEMORY_LIMIT', '80', '0.8 means 80 %'],
    ['LBS_GPU_MEMORY_LIMIT', '22G', 'whole unit'],
    ['LBS_GPU_MEMORY_LIMIT', '1e999', 'GPU memory limit'],
    ['LBS_PORT', '0x10', 'between 0'],
    ['LBS_OFFLOAD', 'disk', 'auto, ask or never'],
    ['LBS_ALLOWED_ORIGINS', '*', 'exact'],
    ['LBS_MODEL_DIRS', 'models', 'absolute paths'],
  ] as const)('%s=%s is rejected with a reason', (name, given, reason) => {
    expect(parseSettingText(name, given)).toMatchObject({
      ok: false,
      problem: { text: expect.stringContaining(reason) },
    });
    expect(typedOverrides({ [name]: given })).toEqual({});
  });
});
