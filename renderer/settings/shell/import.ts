import {
  defaultSettings,
  problemOf,
  type Sentence,
  type SettingName,
  type Settings,
  settingNames,
  settingSchemas,
} from '#contract';
import { textToValue } from '../effective-settings.ts';
import { type Assignment, readAssignments } from './assignments.ts';

/** What a line would change, or why it is not imported. `replaced`: a later line sets the same variable. */
export type ImportLine = { line: number } & (
  | { change: SettingName; value: Settings[SettingName] }
  | { problem: 'syntax' | 'expansion' | 'quote'; text: string }
  | { problem: 'unknown' | 'replaced'; name: string }
  | { problem: 'invalid'; name: SettingName; sentence: Sentence }
);

/** Every line that sets a variable, in order. */
export function readImport(text: string): ImportLine[] {
  const lines = readAssignments(text);
  const last = new Map(lines.flatMap((line, i) => ('name' in line ? [[line.name, i]] : [])));
  return lines.map((line, i) => ('name' in line && last.get(line.name) !== i ? replaced(line) : importLine(line)));
}

const replaced = ({ line, name }: { line: number; name: string }): ImportLine => ({ line, problem: 'replaced', name });

function importLine(assignment: Assignment): ImportLine {
  if ('problem' in assignment) return assignment;
  const { line, name, value: text } = assignment;
  const setting = settingNames.find((one) => one === name);
  if (setting === undefined) return { line, problem: 'unknown', name };
  // An empty variable counts as unset.
  const value = text.trim() === '' ? defaultSettings[setting] : textToValue(setting, text);
  const read = settingSchemas[setting].safeParse(value);
  if (read.success) return { line, change: setting, value: read.data };
  return { line, problem: 'invalid', name: setting, sentence: problemOf(read.error.issues[0]) };
}

/** The settings of the lines that can be imported. */
export const importedSettings = (lines: readonly ImportLine[]): Partial<Settings> =>
  Object.fromEntries(lines.flatMap((line) => ('change' in line ? [[line.change, line.value]] : [])));
