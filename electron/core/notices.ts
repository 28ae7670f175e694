import type { Notice } from '#contract';

/** What the person should know once; kept until it is dismissed. */
export function createNotices(onChange: (notices: Notice[]) => void) {
  let notices: Notice[] = [];
  let number = 0;
  return {
    add(notice: Pick<Notice, 'level' | 'code' | 'message'> | null) {
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
