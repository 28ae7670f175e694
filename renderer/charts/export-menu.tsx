import { ActionIcon, Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDownload } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PanelError } from '#contract';
import { bytesText, now, saveBlob } from '../parts/index.ts';
import { exportSpan } from './feed/follow.ts';
import { spanAt, useRange } from './feed/range.ts';

const types = { csv: 'text/csv', json: 'application/json' };

/** The shown window as a file. A month of eight GPUs is large: it tells how far it is, and can be given up. */
export function ExportMenu() {
  const { t } = useTranslation();
  const recorded = useRange((state) => state.recorded);
  const [bytes, setBytes] = useState<number | null>(null);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);

  const save = async (format: 'csv' | 'json') => {
    const own = new AbortController();
    abort.current = own;
    setBytes(0);
    try {
      const { from, to } = spanAt(useRange.getState().range, now());
      const span = { from: Math.floor(from), to: Math.ceil(to) };
      const file = await exportSpan(format, span, setBytes, own.signal);
      if (file) saveBlob(file.name, new Blob(file.pieces, { type: types[format] }));
    } catch (failure) {
      const closeButtonProps = { 'aria-label': t('notices.dismiss') };
      notifications.show({
        message: PanelError.from(failure).message,
        color: 'red',
        autoClose: 10_000,
        closeButtonProps,
      });
    } finally {
      setBytes(null);
    }
  };

  if (bytes !== null)
    return (
      <>
        <span className="dim small">{t('charts.exporting', { size: bytesText(bytes) })}</span>
        <Button size="compact-xs" variant="default" onClick={() => abort.current?.abort()}>
          {t('confirm.no')}
        </Button>
      </>
    );
  return (
    <Menu position="bottom-end" transitionProps={{ duration: 0 }}>
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
