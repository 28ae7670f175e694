import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ModelScan } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card, useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { AddFolder } from './add-folder.tsx';
import './model-folders.css';

/** Every model folder with what its search found; one that does not answer is shown without opening the list. */
export function ModelFolders() {
  const { t } = useTranslation();
  const scans = usePanelState((state) => state.models.scans);
  const isScanning = scans.some(({ state }) => state === 'scanning');
  const row = (scan: ModelScan) => <FolderRow key={scan.folder} scan={scan} />;
  return (
    <>
      {scans.filter(({ state }) => state === 'silent').map(row)}
      <details>
        <summary>{isScanning ? `${t('run.folders')} · ${t('run.scanning')}` : t('run.folders')}</summary>
        <div className="stack">
          {scans.filter(({ state }) => state !== 'silent').map(row)}
          <AddFolder />
        </div>
      </details>
    </>
  );
}

/** Every model folder with the state of its search; one is added below. */
export function FoldersCard() {
  const { t } = useTranslation();
  const scans = usePanelState((state) => state.models.scans);
  return (
    <Card title={t('run.folders')}>
      <p className="dim small">{t('folders.about')}</p>
      <div className="stack">
        {scans.length === 0 && <p className="dim">{t('folders.none')}</p>}
        {scans.map((scan) => (
          <FolderRow key={scan.folder} scan={scan} />
        ))}
        <AddFolder />
      </div>
    </Card>
  );
}

function FolderRow({ scan: { folder, state, found, sentence } }: { scan: ModelScan }) {
  const { t } = useTranslation();
  const say = useSentence();
  const folders = usePanelState((all) => all.models.folders);
  const scan = useCommand('models.scan');
  const forget = useCommand('models.forget');
  const failure = scan.error ?? forget.error;
  // The data folder's own is always searched.
  const canForget = folders.indexOf(folder) > 0;
  return (
    <section aria-label={folder} className="model-folder">
      <div className="row small">
        <span className="path grow" title={folder}>
          {folder}
        </span>
        <span className="dim">{state === 'scanning' ? t('run.scanning') : t('run.foundModels', { count: found })}</span>
        {state !== 'scanning' && (
          <Button size="compact-xs" variant="default" loading={scan.busy} onClick={() => scan.run({ folder })}>
            {t(state === 'done' ? 'run.rescan' : 'run.retry')}
          </Button>
        )}
        {canForget && (
          <Button size="compact-xs" variant="default" loading={forget.busy} onClick={() => forget.run({ folder })}>
            {t('run.forget')}
          </Button>
        )}
      </div>
      {sentence && <div className={state === 'done' ? 'dim small' : 'error small'}>{say(sentence)}</div>}
      {failure && <div className="error small">{say(failure.sentence)}</div>}
    </section>
  );
}
