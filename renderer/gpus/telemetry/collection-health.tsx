import { Popover, UnstyledButton } from '@mantine/core';
import { IconActivity } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { Collection } from '#contract';
import { age, duration, useNow } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { useLatestTick } from '../../transport/index.ts';
import './collection-health.css';
import { useStale } from './use-stale.ts';

/** Polling is slow if its interval exceeds the requested one by this factor. */
const SLOW_FACTOR = 1.5;

/** The polling interval or what is wrong, with details in a popover. */
export function CollectionHealth() {
  const { t } = useTranslation();
  const staleMs = useStale();
  const collection = usePanelState((panel) => panel.telemetry.collection);
  const state = usePanelState((panel) => panel.telemetry.state);
  const intervalMs = collection.reachedMs ?? collection.askedMs;
  const slow = state === 'ok' && (staleMs !== null || isSlow(collection));
  const summary = () => {
    if (state !== 'ok' || intervalMs === null) return t(`telemetry.now.${state}`);
    if (staleMs !== null) return t('telemetry.stale', { time: duration(staleMs) });
    return t('telemetry.collection.every', { time: seconds(intervalMs) });
  };
  return (
    <Popover position="bottom-end" width={360} transitionProps={{ duration: 0 }} trapFocus>
      <Popover.Target>
        <UnstyledButton className={slow ? 'health slow' : 'health'} title={t('telemetry.collection.title')}>
          <IconActivity size={14} aria-hidden />
          {summary()}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('telemetry.collection.title')}>
        <Details />
      </Popover.Dropdown>
    </Popover>
  );
}

const isSlow = ({ askedMs, reachedMs }: Collection) =>
  askedMs !== null && reachedMs !== null && reachedMs > SLOW_FACTOR * askedMs;

function Details() {
  const { t } = useTranslation();
  const { source, path, collection } = usePanelState((state) => state.telemetry);
  const latest = useLatestTick()?.time ?? collection.lastAt;
  const now = useNow(500);
  const facts = [
    ['source', t(`telemetry.collection.source.${source}`)],
    ...factsOf(collection, latest === null ? null : now - latest, t),
  ];
  return (
    <div className="collection-facts">
      <strong>{t('telemetry.collection.title')}</strong>
      <dl>
        {facts.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{t(`telemetry.collection.${name}.name`)}</dt>
            <dd className={name === 'actual' && isSlow(collection) ? 'slow' : undefined}>{value}</dd>
          </Fragment>
        ))}
      </dl>
      {path && <code className="dim small">{path}</code>}
    </div>
  );
}

/** Name and text of each fact; `ageMs` is the age of the latest tick. */
function factsOf(collection: Collection, ageMs: number | null, t: TFunction): [string, string][] {
  const { askedMs, reachedMs, restarts, costPercent } = collection;
  const last = ageMs === null ? t('telemetry.collection.never') : t('telemetry.collection.ago', { time: age(ageMs) });
  const cost =
    costPercent === null
      ? t('telemetry.missing.unreported')
      : t('telemetry.collection.core', { percent: costPercent.toFixed(1) });
  return [
    ['requested', askedMs === null ? t('telemetry.collection.nothing') : seconds(askedMs)],
    ['actual', reachedMs === null ? '–' : seconds(reachedMs)],
    ['last', last],
    ['restarts', String(restarts)],
    ['cost', cost],
  ];
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 0)} s`;
