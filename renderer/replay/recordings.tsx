import { ActionIcon, Button, FileButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconMovie } from '@tabler/icons-react';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PanelError, type RecordingFile, type Sentence } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Confirm, Dialog, type SavedFile, SavePreview, saveBlob, useCommand, useTimeFormat } from '../parts/index.ts';
import { core, usePanelState } from '../store.ts';
import { contentOf } from './content-of.ts';
import { accepted, fetchRecording } from './files.ts';
import { fileSize } from './texts.ts';
import { useOpening } from './use-opening.ts';
import './replay.css';

/** The button that opens the recordings of this machine and files from elsewhere. */
export function Recordings() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  const title = t('recording.title');
  return (
    <>
      <ActionIcon variant="subtle" color="gray" aria-label={title} title={title} onClick={open}>
        <IconMovie size={17} />
      </ActionIcon>
      <RecordingsDialog opened={opened} onClose={close} />
    </>
  );
}

function RecordingsDialog({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const opening = useOpening();
  const show = async (name: string, file: () => Promise<Blob> | Blob) => {
    if (await opening.open(name, file)) onClose();
  };
  const openFile = (
    <FileButton accept={accepted} onChange={(file) => file && void show(file.name, () => file)}>
      {(props) => (
        <Button {...props} variant="default" size="xs" loading={opening.busy !== null}>
          {t('recording.openFile')}
        </Button>
      )}
    </FileButton>
  );
  return (
    <Dialog opened={opened} onClose={onClose} title={t('recording.title')} actions={openFile}>
      <p className="dim recordings-about">{t('recording.about')}</p>
      {opening.error && (
        <div className="error recordings-about" role="alert">
          {sentence(opening.error)}
        </div>
      )}
      <RecordingList busy={opening.busy} onOpen={show} />
    </Dialog>
  );
}

type Show = (name: string, file: () => Promise<Blob>) => Promise<void>;
const read = (input: { name: string; offset: number }) => core.call('recording.read', input);

function RecordingList({ busy, onOpen }: { busy: string | null; onOpen: Show }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { files, error, refresh } = useFiles();
  if (error) return <div className="error">{sentence(error.sentence)}</div>;
  if (!files) return null;
  if (files.length === 0) return <p className="dim">{t('recording.none')}</p>;
  return (
    <ul className="recordings">
      {files.map((file) => (
        <Row key={file.name} file={file} busy={busy} onOpen={onOpen} onDeleted={refresh} />
      ))}
    </ul>
  );
}

/** Lists the files again whenever a recording starts or stops. */
function useFiles() {
  const on = usePanelState((state) => state.recording.on?.name);
  const { run: list, error } = useCommand('recording.list');
  const [files, setFiles] = useState<RecordingFile[] | null>(null);
  const refresh = useCallback(() => void list({}).then((found) => found && setFiles(found)), [list]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new `on` says that the list may be stale
  useEffect(refresh, [refresh, on]);
  return { files, error, refresh };
}

function Row(props: { file: RecordingFile; busy: string | null; onOpen: Show; onDeleted(): void }) {
  const { t } = useTranslation();
  const format = useTimeFormat();
  const { file, busy, onOpen, onDeleted } = props;
  const { name } = file;
  const sentence = useSentence();
  const why = usePanelState(({ recording: { ended } }) => (ended?.name === name ? ended.why : null));
  return (
    <li>
      <span className="when">{format.full(file.time)}</span>
      <span className="dim size">{fileSize(file.bytes)}</span>
      <span className="dim small cut grow" title={name}>
        {name}
      </span>
      <Button
        size="compact-xs"
        loading={busy === name}
        disabled={busy !== null && busy !== name}
        onClick={() => void onOpen(name, () => fetchRecording(read, name))}
      >
        {t('recording.open')}
      </Button>
      <Download name={name} />
      <Delete file={file} onDeleted={onDeleted} />
      {why && <span className="warning small why">{sentence(why)}</span>}
    </li>
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
