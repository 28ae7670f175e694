import { notifications } from '@mantine/notifications';
import i18next from 'i18next';

/** A sentence that goes away by itself. With an `id` there is one at a time. */
export function toast(message: string, more: { color?: string; id?: string } = {}): void {
  const closeButtonProps = { 'aria-label': i18next.t('notices.dismiss') };
  notifications.show({ message, autoClose: 10_000, closeButtonProps, ...more });
}
