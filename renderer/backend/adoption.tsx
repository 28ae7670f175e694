import { Button, Switch } from '@mantine/core';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FoundServer } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Confirm, useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';

/** Backends that were started by hand, each with buttons to watch it and to take it over. */
export function Adoption() {
  const { found, watching } = usePanelState((state) => state.adoption);
  return found.map((server) => <Server key={server.pid} server={server} watched={server.pid === watching} />);
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
    <section className="card" aria-label={`${t('adoption.title')}, ${pid}`}>
      <div className="row">
        <div className="grow">
          <strong>{t(watched ? 'adoption.watched' : 'adoption.title', { pid })}</strong>
          <div className="dim small">{t('adoption.where', { pid, url, cwd })}</div>
        </div>
        {watched ? (
          <Button size="xs" variant="default" loading={unwatch.busy} onClick={() => unwatch.run({})}>
            {t('adoption.unwatch')}
          </Button>
        ) : (
          <Button
            size="xs"
            variant="default"
            disabled={locked}
            loading={watch.busy}
            onClick={() => watch.run({ pid, startTime })}
          >
            {t('adoption.watch')}
          </Button>
        )}
        <Button size="xs" variant="default" onClick={() => setAsking(true)}>
          {t('adoption.takeOver')}
        </Button>
      </div>
      {remarks.map((remark) => (
        <div key={String(remark)} className="dim small">
          {remark}
        </div>
      ))}
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
