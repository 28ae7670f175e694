import { problemOf, type Sentence, type SettingName, type Settings, settingSchemas, settingsSchema } from '#contract';

/** The typed value of a variable's text, or what is wrong with it. */
type ParsedText = { ok: true; value: Settings[SettingName] } | { ok: false; problem: Sentence };

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const booleans: Record<string, boolean> = { '1': true, true: true, '0': false, false: false };

/** Every value that the text may stand for; the schema decides which one is valid. */
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
  // The last candidate is the most specific: "80" is a number out of range, not a text.
  return { ok: false, problem: problemOf(tried.at(-1)?.error?.issues[0]) };
}

/** The typed values of the texts of variables; invalid texts are left out. */
export function typedOverrides(overrides: Partial<Record<SettingName, string>>): Partial<Settings> {
  const entries = Object.entries(overrides).flatMap(([name, text]) => {
    const parsed = parseSettingText(name as SettingName, text);
    return parsed.ok ? [[name, parsed.value]] : [];
  });
  return settingsSchema.partial().parse(Object.fromEntries(entries));
}
