import { DragDropContext, Droppable, type DropResult } from '@hello-pangea/dnd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand, useErrorToast } from '../parts/index.ts';
import { before, inOrder, moved } from './in-order.ts';
import { QueuedRow } from './queued-row.tsx';
import { useAnnouncements } from './use-announcements.ts';
import type { Queue } from './use-queue.ts';
import { useVerdicts } from './use-verdicts.ts';

/** A longer queue is told by its number: the backend reports so many in order. */
const MOST = 200;

export function QueuedList({ queue, acts }: { queue: Queue; acts: boolean }) {
  const { t } = useTranslation();
  const { ended, changeable } = queue;
  const { queued, move } = useMoves(queue.queued);
  const verdicts = useVerdicts(queued);
  const { instructions, ...announcements } = useAnnouncements();
  const movable = acts && changeable && queued.length > 1;
  const onDragEnd: typeof announcements.onDragEnd = (result: DropResult, provided) => {
    announcements.onDragEnd(result, provided);
    if (result.destination && result.destination.index !== result.source.index)
      move(result.source.index, result.destination.index);
  };
  if (queued.length === 0) return null;
  return (
    <DragDropContext {...announcements} onDragEnd={onDragEnd} dragHandleUsageInstructions={instructions}>
      <Droppable droppableId="queue">
        {({ innerRef, droppableProps, placeholder }) => (
          <ol className="queue-list" ref={innerRef} {...droppableProps} aria-label={t('queue.list')}>
            {queued.slice(0, MOST).map((run, place) => (
              <QueuedRow
                key={run.req_id}
                {...{ run, place, ended, acts, changeable, movable }}
                verdict={verdicts.get(run.req_id)}
                last={queued.length - 1}
                onMove={(to) => move(place, to)}
              />
            ))}
            {placeholder}
          </ol>
        )}
      </Droppable>
      {queued.length > MOST && <div className="dim small">{t('queue.more', { count: queued.length - MOST })}</div>}
    </DragDropContext>
  );
}

/** Shows a move at once, until the backend's order arrives or the move is refused. */
function useMoves(known: Queue['queued']) {
  const command = useCommand('queue.move');
  useErrorToast(command.error?.sentence ?? null);
  const [wanted, setWanted] = useState<string[] | null>(null);
  const order = known.map(({ req_id }) => req_id).join(' ');
  // biome-ignore lint/correctness/useExhaustiveDependencies: any order that the backend reports replaces the shown one
  useEffect(() => setWanted(null), [order]);
  const queued = wanted ? inOrder(known, wanted) : known;
  const move = (from: number, to: number) => {
    const ids = queued.map(({ req_id }) => req_id);
    const [req_id] = ids.slice(from);
    if (req_id === undefined || to < 0 || to >= ids.length || from === to) return;
    setWanted(moved(ids, from, to));
    void command.run({ req_id, before: before(ids, from, to) }).then((answer) => {
      if (answer === null) setWanted(null);
    });
  };
  return { queued, move };
}
