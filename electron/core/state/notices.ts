import type { Notice, SettingName } from '#contract';
import { type Overrides, parseSettingText } from '../settings/index.ts';

type News = Pick<Notice, 'level' | 'code' | 'message'>;

export const onPipes: News = {
  level: 'info',
  code: 'pipes',
  message: 'node-pty could not be loaded, so the backend runs on pipes: its output may come in larger pieces.',
};

export const watchedEnded = (pid: number): News => ({
  level: 'warning',
  code: 'watched_ended',
  message: `The server that was started by hand (pid ${pid}) has ended. Headroom does not restart it: Start begins Headroom's own.`,
});

/** The backend would refuse to start because of these, and no change in the panel can help: the variable wins. */
export const invalidOverrides = (overrides: Overrides): News[] =>
  Object.entries(overrides).flatMap(([name, text]) => {
    const parsed = parseSettingText(name as SettingName, text);
    if (parsed.ok) return [];
    const message = `${name}=${text} in the environment of Headroom cannot be used: ${parsed.problem} Unset it, or mend it, and start Headroom again.`;
    return [{ level: 'error', code: 'invalid_override', message }];
  });

/** What the person should know once; kept until it is dismissed. */
export function createNotices(onChange: (notices: Notice[]) => void) {
  let notices: Notice[] = [];
  let number = 0;
  return {
    add(notice: News | null) {
      if (!notice || notices.some((old) => old.code === notice.code && old.message === notice.message)) return;
      number += 1;
      notices = [...notices, { ...notice, id: `${notice.code}-${number}`, time: Date.now() }];
      onChange(notices);
    },
    dismiss(id: string) {
      notices = notices.filter((notice) => notice.id !== id);
      onChange(notices);
    },
  };
}

export type Notices = ReturnType<typeof createNotices>;
