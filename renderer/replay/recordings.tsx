import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PanelError, type RecordingFile, type Sentence } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Confirm, type SavedFile, SavePreview, saveBlob, useCommand, useTimeFormat } from '../parts/index.ts';
import { core, usePanelState } from '../store.ts';
import { contentOf } from './content-of.ts';
import { fetchRecording } from './files.ts';
import { fileSize } from './texts.ts';
import { useOpening } from './use-opening.ts';
import './replay.css';

const read = (input: { name: string; offset: number }) => core.call('recording.read', input);

/** Lists the files again whenever a recording starts or stops. */
export function useRecordingFiles() {
  const on = usePanelState((state) => state.recording.on?.name);
  const { run: list, error } = useCommand('recording.list');
  const [files, setFiles] = useState<RecordingFile[] | null>(null);
  const refresh = useCallback(() => void list({}).then((found) => found && setFiles(found)), [list]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new `on` says that the list may be stale
  useEffect(refresh, [refresh, on]);
  return { files, error, refresh };
}

/** One recording of this machine: shown, saved elsewhere, or deleted. */
export function RecordingEntry({ file, onDeleted }: { file: RecordingFile; onDeleted(): void }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const opening = useOpening();
  const { name } = file;
  const why = usePanelState(({ recording: { ended } }) => (ended?.name === name ? ended.why : null));
  return (
    <div className="recording">
      <span className="grow cut" title={name}>
        {t('recording.entry', { size: fileSize(file.bytes) })} <span className="dim small">{name}</span>
      </span>
      <Button
        variant="default"
        size="compact-xs"
        loading={opening.busy !== null}
        onClick={() => void opening.open(name, () => fetchRecording(read, name))}
      >
        {t('recording.open')}
      </Button>
      <Download name={name} />
      <Delete file={file} onDeleted={onDeleted} />
      {why && <span className="warning small why">{sentence(why)}</span>}
      {opening.error && (
        <span className="error small why" role="alert">
          {sentence(opening.error)}
        </span>
      )}
    </div>
  );
}

function Download({ name }: { name: string }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Sentence | null>(null);
  const [file, setFile] = useState<SavedFile | null>(null);
  const preview = async () => {
    setBusy(true);
    setError(null);
    try {
      const blob = await fetchRecording(read, name);
      const saved = `headroom-${name}`;
      setFile({ name: saved, ...(await contentOf(blob)), save: () => saveBlob(saved, blob) });
    } catch (failure) {
      setError(PanelError.from(failure).sentence);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="default" size="compact-xs" loading={busy} title={t('recording.downloadHint')} onClick={preview}>
        {t('recording.download')}
      </Button>
      <SavePreview file={file} contentLabel={t('recording.log')} onClose={() => setFile(null)} />
      {error && <span className="error small why">{sentence(error)}</span>}
    </>
  );
}

function Delete({ file: { name, time }, onDeleted }: { file: RecordingFile; onDeleted(): void }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const format = useTimeFormat();
  const [confirming, { open, close }] = useDisclosure(false);
  const remove = useCommand('recording.delete');
  return (
    <>
      <Button variant="subtle" color="gray" size="compact-xs" onClick={open}>
        {t('recording.delete')}
      </Button>
      <Confirm
        title={t('recording.deleteTitle')}
        yes={t('recording.delete')}
        opened={confirming}
        busy={remove.busy}
        error={remove.error ? sentence(remove.error.sentence) : undefined}
        // The row goes away with the file, and this dialog with it.
        onYes={() => void remove.run({ name }).then(onDeleted)}
        onClose={close}
      >
        <p>{t('recording.deleteText', { time: format.full(time) })}</p>
      </Confirm>
    </>
  );
}
