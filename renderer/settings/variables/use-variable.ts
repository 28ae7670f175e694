import { defaultSettings, problemOf, type SettingName, type Settings, settingSchemas, settingToText } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { useCommand } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { textToValue } from '../effective-settings.ts';
import { useSetting } from '../use-setting.ts';

/**
 * Where a variable stands: `environment` cannot be changed here; `pending` waits for a restart; `next` is what the next start
 * uses, while no backend reports it.
 */
export type Standing = 'environment' | 'pending' | 'inForce' | 'next';

export interface Variable<N extends SettingName = SettingName> {
  name: N;
  /** What the next start uses. */
  value: Settings[N];
  /** As text; empty where it is unset. */
  text: string;
  standing: Standing;
  disabled: boolean;
  isDefault: boolean;
  /** Why the last change was not saved, worded. */
  error: string | null;
  set(value: Settings[N]): void;
  /** The value of a text, or the problem with it, worded. */
  read(text: string): { value: Settings[N]; problem: null } | { problem: string };
}

/** One variable, its standing, and how it is changed. */
export function useVariable<N extends SettingName>(name: N): Variable<N> {
  const sentence = useSentence();
  const { value, override } = useSetting(name);
  const pending = usePanelState((state) => state.settings.pending.includes(name));
  const isReported = usePanelState((state) => state.settings.running?.[name] !== undefined);
  const change = useCommand('settings.change');
  const standing = override !== null ? 'environment' : pending ? 'pending' : isReported ? 'inForce' : 'next';
  return {
    name,
    value,
    text: settingToText(value) ?? '',
    standing,
    disabled: override !== null,
    isDefault: value === defaultSettings[name],
    error: sentence(change.error?.sentence ?? null),
    set: (next) => void change.run({ values: { [name]: next } }),
    read(text) {
      const isEmpty = text.trim() === '' && defaultSettings[name] === null;
      const parsed = settingSchemas[name].safeParse(isEmpty ? null : textToValue(name, text));
      if (parsed.success) return { value: parsed.data as Settings[N], problem: null };
      const [issue] = parsed.error.issues;
      return { problem: sentence(issue ? problemOf(issue) : null) ?? '' };
    },
  };
}
