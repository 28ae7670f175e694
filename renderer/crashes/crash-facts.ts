import { type CrashReport, defaultSettings, type SettingName, settingNames, settingToText } from '#contract';

/** A setting that matters to a report: it was not at its default, or was not what was in force. */
export interface CrashSetting {
  name: SettingName;
  desired: string | null;
  running: string | null;
}

export function crashSettings({ settings }: CrashReport): CrashSetting[] {
  const { desired, running, overrides } = settings;
  return settingNames.flatMap((name) => {
    const value = desired[name];
    const wanted = overrides[name] ?? (value === undefined ? null : settingToText(value));
    const told = running?.[name]?.value;
    const inForce = told === undefined || told === null || told === '' ? null : settingToText(told);
    // What was not chosen is filled in by the backend: that is no difference.
    const differs = running !== null && wanted !== null && inForce !== wanted;
    const odd = differs || wanted !== settingToText(defaultSettings[name]);
    return odd ? [{ name, desired: wanted, running: running && inForce }] : [];
  });
}

/** The fullest moment of one GPU within the last minute, in MiB. */
export interface CrashPeak {
  index: number;
  used: number;
  ours: number | null;
  total: number;
}

export function crashPeaks({ memory }: CrashReport): CrashPeak[] {
  const peaks = new Map<string, CrashPeak>();
  for (const { uuid, index, memoryUsedMiB: used, memoryTotalMiB: total, ours } of memory.ticks.flatMap(
    (one) => one.gpus,
  )) {
    if (used === null || total === null || used < (peaks.get(uuid)?.used ?? 0)) continue;
    peaks.set(uuid, { index, used, ours: ours?.usedMiB ?? null, total });
  }
  return [...peaks.values()].sort((a, b) => a.index - b.index);
}
