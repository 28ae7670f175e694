import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { PanelError } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { toast } from '../../parts/index.ts';
import { core } from '../../store.ts';

const UNDO_MS = 15_000;

/** Deletes runs at once, and offers to undo that for a while. */
export function useDelete(onChange: () => void) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const failed = (failure: unknown) => toast(sentence(PanelError.from(failure).sentence), { color: 'red' });
  const restore = async (id: string, req_ids: string[]) => {
    try {
      await core.call('runs.restore', { req_ids });
      notifications.hide(id);
      onChange();
    } catch (failure) {
      failed(failure);
    }
  };
  return async (ids: readonly string[]) => {
    const req_ids = [...ids];
    if (req_ids.length === 0) return;
    try {
      await core.call('runs.delete', { req_ids });
    } catch (failure) {
      failed(failure);
      return;
    }
    onChange();
    const id = `deleted ${req_ids.join(' ')}`;
    notifications.show({
      id,
      title: t('runs.table.deleted', { count: req_ids.length }),
      message: (
        <Button variant="default" size="compact-xs" mt={6} onClick={() => void restore(id, req_ids)}>
          {t('runs.table.undo')}
        </Button>
      ),
      autoClose: UNDO_MS,
      closeButtonProps: { 'aria-label': t('notices.dismiss') },
    });
  };
}
