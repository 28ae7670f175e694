import { notifications } from '@mantine/notifications';
import i18next from 'i18next';

/** Shows a notification that closes itself. A message that is already on screen is not shown twice. */
export function toast(message: string, options: { color?: string } = {}): void {
  const closeButtonProps = { 'aria-label': i18next.t('notices.dismiss') };
  notifications.show({ id: encodeURIComponent(message), message, autoClose: 10_000, closeButtonProps, ...options });
}
