import { Popover, UnstyledButton } from '@mantine/core';
import { IconActivity } from '@tabler/icons-react';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { Collection } from '#contract';
import { age, duration, useNow } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { useLatestTick } from '../transport/index.ts';
import './collection.css';

/** Much slower than asked for is worth a colour. */
const SLOW = 1.5;

/** How well the figures are collected: a word in the line, the rest when it is pressed. `stale`: see staleFor. */
export function CollectionHealth({ stale }: { stale: number | null }) {
  const { t } = useTranslation();
  const { collection, state } = usePanelState((panel) => panel.telemetry);
  const every = collection.reachedMs ?? collection.askedMs;
  const slow = state === 'ok' && (stale !== null || isSlow(collection));
  const words = () => {
    if (state !== 'ok' || every === null) return t(`telemetry.now.${state}`);
    if (stale !== null) return t('telemetry.stale', { time: duration(stale) });
    return t('telemetry.collection.every', { time: seconds(every) });
  };
  return (
    <Popover position="bottom-end" width={360} transitionProps={{ duration: 0 }} trapFocus>
      <Popover.Target>
        <UnstyledButton className={slow ? 'health slow' : 'health'} title={t('telemetry.collection.title')}>
          <IconActivity size={14} aria-hidden />
          {words()}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('telemetry.collection.title')}>
        <Facts />
      </Popover.Dropdown>
    </Popover>
  );
}

const isSlow = ({ askedMs, reachedMs }: Collection) =>
  askedMs !== null && reachedMs !== null && reachedMs > SLOW * askedMs;

function Facts() {
  const { t } = useTranslation();
  const { source, path, collection } = usePanelState((state) => state.telemetry);
  const { askedMs, reachedMs, lastAt, restarts, costPercent } = collection;
  const newest = useLatestTick()?.time ?? lastAt;
  const now = useNow(500);
  const facts: [string, string][] = [
    ['source', t(`telemetry.collection.source.${source}`)],
    ['asked', askedMs === null ? t('telemetry.collection.nothing') : seconds(askedMs)],
    ['reached', reachedMs === null ? '–' : seconds(reachedMs)],
    [
      'last',
      newest === null ? t('telemetry.collection.never') : t('telemetry.collection.ago', { time: age(now - newest) }),
    ],
    ['restarts', String(restarts)],
    [
      'cost',
      costPercent === null
        ? t('telemetry.missing.untold')
        : t('telemetry.collection.core', { percent: costPercent.toFixed(1) }),
    ],
  ];
  return (
    <div className="collection">
      <strong>{t('telemetry.collection.title')}</strong>
      <dl>
        {facts.map(([what, value]) => (
          <Fragment key={what}>
            <dt>{t(`telemetry.collection.${what}.name`)}</dt>
            <dd className={what === 'reached' && isSlow(collection) ? 'slow' : undefined}>{value}</dd>
          </Fragment>
        ))}
      </dl>
      {path && <code className="dim small">{path}</code>}
    </div>
  );
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 0)} s`;
