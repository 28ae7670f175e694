import { notifications } from '@mantine/notifications';
import i18next from 'i18next';

/** A sentence that goes away by itself. The same sentence is not told twice at a time. */
export function toast(message: string, more: { color?: string } = {}): void {
  const closeButtonProps = { 'aria-label': i18next.t('notices.dismiss') };
  notifications.show({ id: encodeURIComponent(message), message, autoClose: 10_000, closeButtonProps, ...more });
}
