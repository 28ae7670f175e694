import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ProfileFields, type ProfileProblem, profileFieldsSchema } from '#contract';
import { usePanelState } from '../../store.ts';
import { readEnvironment, writeEnvironment } from './environment-text.ts';
import { joinWords, splitWords } from './shell-words.ts';

/** A profile as it stands in the fields: what is written, right or wrong. */
export interface Written {
  name: string;
  command: string;
  folder: string;
  env: string;
  healthUrl: string;
  startSeconds: string | number;
  stopSeconds: string | number;
}

export type Problems = Partial<Record<keyof Written, string>>;

const empty: Written = {
  name: '',
  command: '',
  folder: '',
  env: '',
  healthUrl: '',
  startSeconds: 600,
  stopSeconds: 10,
};

const written = (profile: ProfileFields): Written => ({
  ...profile,
  command: joinWords(profile.command),
  env: writeEnvironment(profile.env),
});

/** The fields, what is wrong with them once that was asked, and the profile that they make. */
export function useProfileForm(profile: ProfileFields | null) {
  const { t } = useTranslation();
  const windows = usePanelState((state) => state.app.platform === 'win32');
  const [fields, setFields] = useState(() => (profile ? written(profile) : empty));
  const [told, setTold] = useState(false);
  const [found, setFound] = useState<Problems>({});
  const { made, problems } = read(fields, windows, t);
  return {
    fields,
    problems: told ? { ...found, ...problems } : {},
    set(change: Partial<Written>) {
      setFields({ ...fields, ...change });
      // What was found on the machine was said of another text.
      setFound({});
    },
    /** The profile, or null: then each field says what to do. */
    take(): ProfileFields | null {
      setTold(true);
      return made;
    },
    /** What the machine says of it. */
    tell: (list: readonly ProfileProblem[]) =>
      setFound(Object.fromEntries(list.map(({ field, message }) => [field, message]))),
  };
}

export type ProfileForm = ReturnType<typeof useProfileForm>;

type Translate = ReturnType<typeof useTranslation>['t'];

function read(fields: Written, windows: boolean, t: Translate): { made: ProfileFields | null; problems: Problems } {
  const words = splitWords(fields.command, windows);
  const env = readEnvironment(fields.env);
  const parsed = profileFieldsSchema.safeParse({
    ...fields,
    command: words.ok ? words.words : [],
    env: env.ok ? env.env : {},
  });
  const problems: Problems = Object.fromEntries(
    // The first one of a field is the one to mend first.
    [...(parsed.error?.issues ?? [])].reverse().map(({ path, message }) => [String(path[0]), message]),
  );
  const assigned = words.ok && /^[A-Za-z_]\w*=/.test(words.words[0] ?? '');
  if (!words.ok) problems.command = t(`profile.words.${words.problem}`);
  else if (assigned) problems.command = t('profile.words.variable');
  if (!env.ok) problems.env = t('profile.words.line', { line: env.line });
  return { made: words.ok && !assigned && env.ok ? (parsed.data ?? null) : null, problems };
}
