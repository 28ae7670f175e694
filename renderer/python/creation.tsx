import { Button, Progress } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { creationStages } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { bytesText, duration, OutputLines, useCommand, useNow } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import './python.css';

/** Makes an environment for the backend, with its progress; cancelling leaves nothing of it. */
export function Creation() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { creating, failure } = usePanelState((state) => state.python);
  const folder = usePanelState((state) => state.app.dataFolder);
  const create = useCommand('python.create');
  const cancel = useCommand('python.cancel');
  const error = create.error?.sentence ?? cancel.error?.sentence ?? failure;
  return (
    <section className="creation stack" aria-label={t('python.create')} aria-busy={creating !== null}>
      {creating ? (
        <>
          <Stage />
          <div className="row">
            <span className="grow dim small">{t('python.takesMinutes')}</span>
            <Button variant="default" size="xs" loading={cancel.busy} onClick={() => void cancel.run({})}>
              {t('python.cancel')}
            </Button>
          </div>
        </>
      ) : (
        <>
          <div className="row wrap">
            <span className="grow dim small">{t('python.createAbout', { folder })}</span>
            <Button variant="default" size="xs" loading={create.busy} onClick={() => void create.run({})}>
              {t('python.create')}
            </Button>
          </div>
          {error && <div className="error small">{sentence(error)}</div>}
        </>
      )}
    </section>
  );
}

function Stage() {
  const { t } = useTranslation();
  const creating = usePanelState((state) => state.python.creating);
  const now = useNow(1_000);
  if (!creating) return null;
  const { stage, since, lines, download } = creating;
  const step = creationStages.indexOf(stage);
  return (
    <>
      <div className="row small" role="status">
        <strong>
          {t('python.step', { step: step + 1, steps: creationStages.length, name: t(`python.stage.${stage}`) })}
        </strong>
        <span className="dim">{duration(now - since)}</span>
        {download && (
          <span className="dim">
            {bytesText(download.done)} / {bytesText(download.total)}
          </span>
        )}
      </div>
      <Progress
        aria-label={t(`python.stage.${stage}`)}
        value={((step + (download ? download.done / download.total : 0)) / creationStages.length) * 100}
      />
      {lines.length > 0 && <OutputLines text={lines.join('\n')} />}
    </>
  );
}
