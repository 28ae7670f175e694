import { type CrashReport, defaultSettings, type SettingName, settingNames, settingToText } from '#contract';

/** A setting that matters to a report: it differed from its default or from the value in force. */
interface CrashSetting {
  name: SettingName;
  desired: string | null;
  running: string | null;
}

export function crashSettings({ settings }: CrashReport): CrashSetting[] {
  const { desired, running, overrides } = settings;
  return settingNames.flatMap((name) => {
    const chosen = desired[name];
    const wanted = overrides[name] ?? (chosen === undefined ? null : settingToText(chosen));
    const value = running?.[name]?.value;
    const inForce = value === undefined || value === null || value === '' ? null : settingToText(value);
    // The backend fills in what was not chosen: that is not a difference.
    const differs = running !== null && wanted !== null && inForce !== wanted;
    const matters = differs || wanted !== settingToText(defaultSettings[name]);
    return matters ? [{ name, desired: wanted, running: running && inForce }] : [];
  });
}

/** The sample of one GPU with the most memory in use, in MiB. */
interface CrashPeak {
  index: number;
  used: number;
  ours: number | null;
  total: number;
}

export function crashPeaks({ memory }: CrashReport): CrashPeak[] {
  const peaks = new Map<string, CrashPeak>();
  const samples = memory.ticks.flatMap(({ gpus }) => gpus);
  for (const { uuid, index, memoryUsedMiB: used, memoryTotalMiB: total, ours } of samples) {
    if (used === null || total === null || used < (peaks.get(uuid)?.used ?? 0)) continue;
    peaks.set(uuid, { index, used, ours: ours?.usedMiB ?? null, total });
  }
  return [...peaks.values()].sort((a, b) => a.index - b.index);
}
