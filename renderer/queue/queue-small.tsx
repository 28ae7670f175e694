import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { runName } from '../parts/index.ts';
import { paths } from '../routes/index.ts';
import { Summary } from './queue-strip.tsx';
import { useQueue } from './use-queue.ts';
import './queue.css';

/** The queue in a few lines, which lead to the whole one; nothing while nothing is queued or paused. */
export function QueueSmall() {
  const { t } = useTranslation();
  const queue = useQueue();
  const { queued, paused } = queue;
  if (queued.length === 0 && !paused) return null;
  const [next] = queued;
  return (
    <section className="card queue-small" aria-label={t('queue.title')}>
      <Link href={paths.runs}>{t('queue.title')}</Link>
      {paused && <span className="tag tight">{t('queue.pausedShort')}</span>}
      <span className="grow dim small cut">{next && t('queue.next', { run: runName(next) })}</span>
      <Summary {...queue} />
    </section>
  );
}
