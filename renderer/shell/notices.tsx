import { Alert } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Notice } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';

const colors: Record<Notice['level'], string> = { info: 'gray', warning: 'yellow', error: 'red' };

export function Notices() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const notices = usePanelState((state) => state.notices);
  const { run } = useCommand('notices.dismiss');
  return notices.map((notice) => (
    <Alert
      key={notice.id}
      color={colors[notice.level]}
      withCloseButton
      closeButtonLabel={t('notices.dismiss')}
      onClose={() => run({ id: notice.id })}
    >
      {sentence(notice.sentence)}
    </Alert>
  ));
}
