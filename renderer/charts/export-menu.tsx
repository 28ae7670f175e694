import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PanelError } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { bytesText, now, saveBlob, toast } from '../parts/index.ts';
import { exportHistory } from './feed/export-history.ts';
import { spanAt, useRange } from './feed/range.ts';

const types = { csv: 'text/csv', json: 'application/json' };

/** Exports the time range as a file. A month of eight GPUs is large, so it shows progress and can be cancelled. */
export function ExportMenu() {
  const { t } = useTranslation();
  const recorded = useRange((state) => state.recorded);
  const { bytes, save, cancel } = useExport();
  if (bytes !== null)
    return (
      <>
        <span className="dim small">{t('charts.exporting', { size: bytesText(bytes) })}</span>
        <Button size="compact-xs" variant="default" onClick={cancel}>
          {t('confirm.no')}
        </Button>
      </>
    );
  return (
    // In place, not at the end of the page: there it would be outside of every landmark.
    <Menu position="bottom-end" transitionProps={{ duration: 0 }} withinPortal={false}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          disabled={recorded}
          aria-label={t('charts.export')}
          title={t('charts.export')}
        >
          <IconDownload size={15} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => save('csv')}>{t('charts.exportCsv')}</Menu.Item>
        <Menu.Item onClick={() => save('json')}>{t('charts.exportJson')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** `bytes`: the progress of the export; null if none is in progress. */
function useExport() {
  const sentence = useSentence();
  const [bytes, setBytes] = useState<number | null>(null);
  const controller = useRef<AbortController | null>(null);
  const cancel = () => controller.current?.abort();
  useEffect(() => () => controller.current?.abort(), []);

  const save = async (format: 'csv' | 'json') => {
    const own = new AbortController();
    controller.current = own;
    setBytes(0);
    try {
      const { from, to } = spanAt(useRange.getState().range, now());
      const span = { from: Math.floor(from), to: Math.ceil(to) };
      const file = await exportHistory(format, span, setBytes, own.signal);
      if (file) saveBlob(file.name, new Blob(file.pieces, { type: types[format] }));
    } catch (failure) {
      toast(sentence(PanelError.from(failure).sentence), { color: 'red' });
    } finally {
      setBytes(null);
    }
  };
  return { bytes, save, cancel };
}
