import { Button, CloseButton, Switch } from '@mantine/core';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FoundServer } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Confirm, useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import './adoption.css';

/** One line about all backends that were started by hand, which the person may dismiss. A watched one stays visible. */
export function Adoption() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { found, watching } = usePanelState((state) => state.adoption);
  const [opened, setOpened] = useState<boolean | null>(null);
  const { run: dismiss, busy, error } = useCommand('adoption.dismiss');
  const announced = found.filter(({ dismissed }) => !dismissed);
  const watched = found.find(({ pid }) => pid === watching);
  if (announced.length === 0 && !watched) return null;
  // A single one takes one more line; several would push the GPUs off the screen.
  const showsAll = opened ?? found.length === 1;
  const shown = showsAll ? found : found.filter((server) => server === watched);
  return (
    <section className="card adoption" aria-label={t('adoption.label')}>
      <div className="row">
        <strong className="grow">
          {watched ? t('adoption.watched') : t('adoption.title', { count: found.length })}
        </strong>
        {found.length > 1 && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            aria-expanded={showsAll}
            onClick={() => setOpened(!showsAll)}
          >
            {t(showsAll ? 'adoption.hide' : 'adoption.show')}
          </Button>
        )}
        {announced.length > 0 && (
          <CloseButton
            size="sm"
            disabled={busy}
            aria-label={t('adoption.dismiss')}
            title={t('adoption.dismiss')}
            onClick={() => dismiss({ dismissed: true })}
          />
        )}
      </div>
      {error && <div className="error">{sentence(error.sentence)}</div>}
      {shown.map((server) => (
        <Server key={server.pid} server={server} watched={server === watched} />
      ))}
    </section>
  );
}

/** Brings the dismissed line back; nothing where none was dismissed. */
export function DismissedServers() {
  const { t } = useTranslation();
  const count = usePanelState(({ adoption: { found, watching } }) =>
    found.every(({ dismissed }) => dismissed) && watching === null ? found.length : 0,
  );
  const { run } = useCommand('adoption.dismiss');
  if (count === 0) return null;
  return (
    <div>
      <Button size="compact-xs" variant="subtle" color="gray" px={0} onClick={() => run({ dismissed: false })}>
        {t('adoption.again', { count })}
      </Button>
    </div>
  );
}

function Server({ server, watched }: { server: FoundServer; watched: boolean }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [asking, setAsking] = useState(false);
  const watch = useCommand('adoption.watch');
  const unwatch = useCommand('adoption.unwatch');
  const { pid, startTime, url, cwd, locked, settings, sameDatabase } = server;
  const ownIsUp = usePanelState(({ backend }) => backend.phase === 'ready' || backend.phase === 'starting');
  const remarks = [
    settings.map(({ name, value }) => `${name}=${value}`).join(' '),
    sameDatabase && t('adoption.shared'),
    locked ? t('adoption.locked') : !watched && ownIsUp && t('adoption.stopsOwn'),
  ].filter(Boolean);
  const error = watch.error ?? unwatch.error;
  return (
    <section className="server" aria-label={t('adoption.process', { pid })}>
      <div className="row">
        <span className="grow cut dim small" title={t('adoption.where', { pid, url, cwd })}>
          {t('adoption.where', { pid, url, cwd })}
        </span>
        {watched ? (
          <Button size="compact-xs" variant="default" loading={unwatch.busy} onClick={() => unwatch.run({})}>
            {t('adoption.unwatch')}
          </Button>
        ) : (
          <Button
            size="compact-xs"
            variant="default"
            disabled={locked}
            loading={watch.busy}
            onClick={() => watch.run({ pid, startTime })}
          >
            {t('adoption.watch')}
          </Button>
        )}
        <Button size="compact-xs" variant="default" onClick={() => setAsking(true)}>
          {t('adoption.takeOver')}
        </Button>
      </div>
      {remarks.length > 0 && <div className="dim small">{remarks.join(' · ')}</div>}
      {error && <div className="error">{sentence(error.sentence)}</div>}
      <TakeOver server={server} opened={asking} onClose={() => setAsking(false)} />
    </section>
  );
}

function TakeOver({ server, opened, onClose }: { server: FoundServer; opened: boolean; onClose(): void }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const takeOver = useCommand('adoption.takeOver');
  const [withSettings, setWithSettings] = useState(true);
  const { pid, startTime, settings, sameDatabase, busy } = server;
  return (
    <Confirm
      title={t('adoption.question', { pid })}
      yes={t('adoption.takeOver')}
      opened={opened}
      busy={takeOver.busy}
      error={takeOver.error ? sentence(takeOver.error.sentence) : undefined}
      onClose={onClose}
      // Once the server has exited, its card goes away, and this dialog with it.
      onYes={() => void takeOver.run({ pid, startTime, settings: withSettings })}
    >
      <div>{t('adoption.terminates')}</div>
      {busy && <div className="error">{t('adoption.busy')}</div>}
      <div>{t(sameDatabase ? 'adoption.sameDatabase' : 'adoption.otherDatabase')}</div>
      {settings.length > 0 && (
        <div className="stack">
          <Switch
            size="xs"
            label={t('adoption.settings')}
            checked={withSettings}
            onChange={(event) => setWithSettings(event.currentTarget.checked)}
          />
          <dl>
            {settings.map(({ name, value }) => (
              <Fragment key={name}>
                <dt>{name}</dt>
                <dd>{String(value)}</dd>
              </Fragment>
            ))}
          </dl>
        </div>
      )}
    </Confirm>
  );
}
