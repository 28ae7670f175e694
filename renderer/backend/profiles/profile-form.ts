import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ProfileFields, type ProfileProblem, problemOf, profileFieldsSchema } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { usePanelState } from '../../store.ts';
import { readEnvironment, writeEnvironment } from './environment-text.ts';
import { joinWords, splitWords } from './shell-words.ts';

/** The text of the fields, valid or not. */
interface FormFields {
  name: string;
  command: string;
  folder: string;
  env: string;
  healthUrl: string;
  startSeconds: string | number;
  stopSeconds: string | number;
}

type Problems = Partial<Record<keyof FormFields, string>>;

const empty: FormFields = {
  name: '',
  command: '',
  folder: '',
  env: '',
  healthUrl: '',
  startSeconds: 600,
  stopSeconds: 10,
};

const fieldsOf = (profile: ProfileFields): FormFields => ({
  ...profile,
  command: joinWords(profile.command),
  env: writeEnvironment(profile.env),
});

/** The fields of a profile and their problems, which are shown after the first `submit`. */
export function useProfileForm(profile: ProfileFields | null) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const windows = usePanelState((state) => state.app.platform === 'win32');
  const [fields, setFields] = useState(() => (profile ? fieldsOf(profile) : empty));
  const [submitted, setSubmitted] = useState(false);
  const [coreProblems, setCoreProblems] = useState<Problems>({});
  const { parsed, problems } = read(fields, windows, t, sentence);
  return {
    fields,
    problems: submitted ? { ...coreProblems, ...problems } : {},
    set(change: Partial<FormFields>) {
      setFields({ ...fields, ...change });
      // The core checked the text before this change.
      setCoreProblems({});
    },
    /** Returns the profile; null where a field is invalid, which then shows its problem. */
    submit(): ProfileFields | null {
      setSubmitted(true);
      return parsed;
    },
    /** Shows the problems that the core found, such as a program that does not exist. */
    setProblems: (list: readonly ProfileProblem[]) =>
      setCoreProblems(Object.fromEntries(list.map((problem) => [problem.field, sentence(problem.sentence)]))),
  };
}

export type ProfileForm = ReturnType<typeof useProfileForm>;

type Translate = ReturnType<typeof useTranslation>['t'];

function read(
  fields: FormFields,
  windows: boolean,
  t: Translate,
  sentence: ReturnType<typeof useSentence>,
): { parsed: ProfileFields | null; problems: Problems } {
  const words = splitWords(fields.command, windows);
  const env = readEnvironment(fields.env);
  const parsed = profileFieldsSchema.safeParse({
    ...fields,
    command: words.ok ? words.words : [],
    env: env.ok ? env.env : {},
  });
  const problems: Problems = Object.fromEntries(
    // Reversed, so that the first problem of a field is the one that stays.
    [...(parsed.error?.issues ?? [])].reverse().map((issue) => [String(issue.path[0]), sentence(problemOf(issue))]),
  );
  const isAssignment = words.ok && /^[A-Za-z_]\w*=/.test(words.words[0] ?? '');
  if (!words.ok) problems.command = t(`profile.words.${words.problem}`);
  else if (isAssignment) problems.command = t('profile.words.variable');
  if (!env.ok) problems.env = t('profile.words.line', { line: env.line });
  return { parsed: words.ok && !isAssignment && env.ok ? (parsed.data ?? null) : null, problems };
}
