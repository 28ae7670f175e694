import type { DragStart, DragUpdate, DropResult, ResponderProvided } from '@hello-pangea/dnd';
import { useTranslation } from 'react-i18next';

/** What a screen reader hears while a run is dragged, in the language of the page. Places count from 1. */
export function useAnnouncements() {
  const { t } = useTranslation();
  const place = (index: number) => index + 1;
  return {
    instructions: t('queue.drag.instructions'),
    onDragStart: ({ source }: DragStart, { announce }: ResponderProvided) =>
      announce(t('queue.drag.lifted', { place: place(source.index) })),
    onDragUpdate: ({ source, destination }: DragUpdate, { announce }: ResponderProvided) =>
      announce(
        destination
          ? t('queue.drag.moved', { from: place(source.index), place: place(destination.index) })
          : t('queue.drag.outside'),
      ),
    onDragEnd: ({ source, destination, reason }: DropResult, { announce }: ResponderProvided) =>
      announce(
        destination && reason === 'DROP'
          ? t('queue.drag.dropped', { from: place(source.index), place: place(destination.index) })
          : t('queue.drag.cancelled', { place: place(source.index) }),
      ),
  };
}
