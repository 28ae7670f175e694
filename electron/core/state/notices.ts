import type { Notice, SettingName } from '#contract';
import { type Overrides, parseSettingText } from '../settings/index.ts';
import { say } from './sentences.ts';

type NewNotice = Pick<Notice, 'level' | 'code' | 'sentence'>;

export const onPipes: NewNotice = { level: 'info', code: 'pipes', sentence: say('pipes') };

/** The backend would refuse to start with these, and no change in the panel can help: the variable takes precedence. */
export const invalidOverrides = (overrides: Overrides): NewNotice[] =>
  Object.entries(overrides).flatMap(([name, value]) => {
    const parsed = parseSettingText(name as SettingName, value);
    if (parsed.ok) return [];
    const sentence = say('invalidOverride', { name, value, problem: parsed.problem });
    return [{ level: 'error', code: 'invalid_override', sentence }];
  });

/** What the person should know once; kept until it is dismissed. */
export function createNotices(onChange: (notices: Notice[]) => void) {
  let notices: Notice[] = [];
  let number = 0;
  const set = (next: Notice[]) => {
    notices = next;
    onChange(notices);
  };
  const add = (notice: NewNotice | null) => {
    const isKnown = ({ code, sentence }: Notice) => code === notice?.code && sentence.text === notice.sentence.text;
    if (!notice || notices.some(isKnown)) return;
    number += 1;
    set([...notices, { ...notice, id: `${notice.code}-${number}`, time: Date.now() }]);
  };
  return {
    add,
    /** For a problem that passes by itself. */
    withdraw(code: string) {
      if (notices.some((one) => one.code === code)) set(notices.filter((one) => one.code !== code));
    },
    dismiss: (id: string) => set(notices.filter((notice) => notice.id !== id)),
  };
}

export type Notices = ReturnType<typeof createNotices>;
