import { ActionIcon, Button } from '@mantine/core';
import { IconPlayerRecordFilled } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { wordSentence } from '../i18n/index.ts';
import { toast, useCommand, useErrorToast, useNow } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { clockText, fileSize } from './texts.ts';
import './replay.css';

/** Starts a recording; while one is in progress, shows its length and size and stops it. */
export function RecordButton() {
  const { t } = useTranslation();
  const on = usePanelState((state) => state.recording.on);
  const start = useCommand('recording.start');
  const stop = useCommand('recording.stop');
  useEndToast();
  useErrorToast((start.error ?? stop.error)?.sentence ?? null);

  const stopAndReport = async () => {
    const file = await stop.run({});
    if (file) toast(t('recording.saved', { name: file.name, size: fileSize(file.bytes) }));
  };
  if (on)
    return (
      <Button
        variant="default"
        size="xs"
        className="record-on"
        flex="none"
        loading={stop.busy}
        aria-label={t('recording.stop')}
        title={t('recording.stop')}
        leftSection={<IconPlayerRecordFilled size={13} />}
        onClick={stopAndReport}
      >
        <Elapsed since={on.since} /> · {fileSize(on.bytes)}
      </Button>
    );
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      loading={start.busy}
      aria-label={t('recording.start')}
      title={t('recording.startHint')}
      onClick={() => start.run({})}
    >
      <IconPlayerRecordFilled size={17} />
    </ActionIcon>
  );
}

function Elapsed({ since }: { since: number }) {
  const now = useNow(1_000);
  return clockText(now - since);
}

/** Reports once that a recording stopped without a click, such as at its size limit. */
function useEndToast() {
  const { t, i18n } = useTranslation();
  const ended = usePanelState((state) => state.recording.ended);
  const before = useRef(ended?.name);
  useEffect(() => {
    if (ended && ended.name !== before.current) {
      const why = wordSentence(ended.why, i18n.language);
      toast(t('recording.ended', { name: ended.name, why }), { color: 'yellow' });
    }
    before.current = ended?.name;
  }, [ended, t, i18n]);
}
