import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { defaultSettings } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';

/** The question before the backend listens beyond this machine; unanswered, no start uses that address. */
export function ExposedHost() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const host = usePanelState((state) => state.settings.exposedHost);
  const isOverride = usePanelState((state) => state.settings.overrides.LBS_HOST !== undefined);
  const phase = usePanelState((state) => state.backend.phase);
  const allow = useCommand('settings.allowHost');
  const change = useCommand('settings.change');
  const start = useCommand('backend.start');
  if (host === null) return null;
  const waits = phase === 'failed' || phase === 'stopped';
  const startAgain = () => {
    if (waits) void start.run({});
  };
  const error = allow.error ?? change.error;
  return (
    <section className="card" aria-label={t('exposed.title', { host })}>
      <strong className="warning">{t('exposed.title', { host })}</strong>
      <div>{t('exposed.meaning')}</div>
      <div className="row">
        <Button
          size="xs"
          color="red"
          variant="light"
          loading={allow.busy}
          onClick={() => allow.run({ host }).then(startAgain)}
        >
          {t(waits ? 'exposed.allowAndStart' : 'exposed.allow')}
        </Button>
        {isOverride ? (
          <span className="dim small">{t('exposed.unset')}</span>
        ) : (
          <Button
            size="xs"
            variant="default"
            loading={change.busy}
            onClick={() => change.run({ values: { LBS_HOST: defaultSettings.LBS_HOST } }).then(startAgain)}
          >
            {t('exposed.onlyHere', { host: defaultSettings.LBS_HOST })}
          </Button>
        )}
      </div>
      {error && <div className="error">{sentence(error.sentence)}</div>}
    </section>
  );
}
