import { Draggable } from '@hello-pangea/dnd';
import { IconGripVertical } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Plan, Run } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Verdict, waitText } from '../next-run/index.ts';
import { duration, runName } from '../parts/index.ts';
import { paths } from '../routes/index.ts';
import { CancelButton } from './current-row.tsx';
import { expectedSeconds } from './estimate.ts';
import { RowMenu } from './row-menu.tsx';

interface RowProps {
  run: Run;
  place: number;
  last: number;
  ended: readonly Run[];
  verdict: { plan: Plan; stale: boolean } | null;
  acts: boolean;
  changeable: boolean;
  movable: boolean;
  onMove(to: number): void;
}

export function QueuedRow(props: RowProps) {
  const { run, place, movable } = props;
  const { t } = useTranslation();
  return (
    <Draggable draggableId={run.req_id} index={place} isDragDisabled={!movable} disableInteractiveElementBlocking>
      {({ innerRef, draggableProps, dragHandleProps }, { isDragging }) => (
        <li ref={innerRef} {...draggableProps} className={`queue-item${isDragging ? ' dragging' : ''}`}>
          <div className="queue-row">
            {movable && (
              <button
                type="button"
                {...dragHandleProps}
                className="queue-grip"
                aria-label={t('queue.dragOne', { run: runName(run), place: place + 1 })}
                title={t('queue.dragAbout')}
              >
                <IconGripVertical size={14} aria-hidden />
              </button>
            )}
            <Content {...props} />
          </div>
          <Wait run={run} />
        </li>
      )}
    </Draggable>
  );
}

function Content({ run, place, last, ended, verdict, acts, changeable, movable, onMove }: RowProps) {
  const { t } = useTranslation();
  const expected = expectedSeconds(run, ended);
  return (
    <>
      <span className="dim queue-place">{place + 1}</span>
      <Link className="cut queue-name" href={paths.run(run.req_id)}>
        {runName(run)}
      </Link>
      {expected !== null && (
        <span className="dim small queue-words" title={t('queue.expectedAbout')}>
          {t('queue.about', { time: duration(expected * 1_000) })}
        </span>
      )}
      {run.wait_for_bytes !== null ? (
        <span className="tag tight">{t('queue.waits', { size: waitText(run.wait_for_bytes) })}</span>
      ) : (
        verdict && (
          <span className={verdict.stale ? 'queue-stale' : ''} aria-busy={verdict.stale}>
            <Verdict plan={verdict.plan} />
          </span>
        )
      )}
      {acts && changeable && <RowMenu {...{ run, place, last, movable, onMove, verdict }} />}
      {acts && <CancelButton run={run} />}
    </>
  );
}

function Wait({ run }: { run: Run }) {
  const sentence = useSentence();
  if (run.wait_for_bytes === null || !run.wait_sentence) return null;
  return <div className="dim small queue-wait">{sentence(run.wait_sentence)}</div>;
}
