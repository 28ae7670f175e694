import { ActionIcon, Button } from '@mantine/core';
import { IconPlayerRecordFilled } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { toast, useCommand, useNow } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { clockText, fileSize } from './texts.ts';
import './replay.css';

/** Starts a recording; while one is on it says so, and stops it. */
export function RecordButton() {
  const { t } = useTranslation();
  const on = usePanelState((state) => state.recording.on);
  const start = useCommand('recording.start');
  const stop = useCommand('recording.stop');
  useEndedByItself();
  const failure = start.error ?? stop.error;
  useEffect(() => {
    if (failure) toast(failure.message, { color: 'red' });
  }, [failure]);

  const finish = async () => {
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
        onClick={finish}
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

/** A recording that ended by itself is told of once, to whoever saw it on. */
function useEndedByItself() {
  const { t } = useTranslation();
  const ended = usePanelState((state) => state.recording.ended);
  const before = useRef(ended?.name);
  useEffect(() => {
    if (ended && ended.name !== before.current) toast(t('recording.ended', ended), { color: 'yellow' });
    before.current = ended?.name;
  }, [ended, t]);
}
