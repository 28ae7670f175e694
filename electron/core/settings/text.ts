import { type SettingName, type Settings, settingSchemas, settingsSchema } from '#contract';

/** A variable's text as its typed value, or the sentence that says why it is none. */
export type ParsedText = { ok: true; value: Settings[SettingName] } | { ok: false; problem: string };

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const booleans: Record<string, boolean> = { '1': true, true: true, '0': false, false: false };

/** What the text stands for by its looks alone: the schema, not this, decides whether it is allowed. */
function candidates(text: string): unknown[] {
  const word = text.trim();
  const flag = booleans[word.toLowerCase()];
  return [text, ...(DECIMAL.test(word) ? [Number(word)] : []), ...(flag === undefined ? [] : [flag])];
}

/** Reads an LBS_* variable as the backend does: numbers in decimal, switches as 0, 1, true or false. */
export function parseSettingText(name: SettingName, text: string): ParsedText {
  const tried = candidates(text).map((candidate) => settingSchemas[name].safeParse(candidate));
  const good = tried.find((result) => result.success);
  if (good?.success) return { ok: true, value: good.data };
  // The last candidate is the most specific one, so its sentence says most: "80" is out of range, not "no number".
  const problem = tried.at(-1)?.error?.issues[0]?.message ?? 'This text cannot be used.';
  return { ok: false, problem };
}

/** The typed values behind the texts of variables; a text that is none is left out. */
export function typedOverrides(overrides: Partial<Record<SettingName, string>>): Partial<Settings> {
  const entries = Object.entries(overrides).flatMap(([name, text]) => {
    const parsed = parseSettingText(name as SettingName, text);
    return parsed.ok ? [[name, parsed.value]] : [];
  });
  return settingsSchema.partial().parse(Object.fromEntries(entries));
}
