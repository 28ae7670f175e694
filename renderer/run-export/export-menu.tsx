import { Button, Menu } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ExportFormat, exportFormats, type RunFilter } from '#contract';
import { createRedactions, type SavedFile, SavePreview, saveText, useCommand, useErrorToast } from '../parts/index.ts';

interface ExportMenuProps {
  /** The selected runs; where none is selected, all runs of the filter. */
  ids: readonly string[];
  filter: RunFilter;
  count: number;
  /** Precedes the table of a Markdown file. */
  lead?: string;
}

/** Saves runs as a file, after its content has been shown. */
export function ExportMenu({ ids, filter, count, lead }: ExportMenuProps) {
  const { t } = useTranslation();
  const [file, setFile] = useState<SavedFile | null>(null);
  const command = useCommand('runs.export');
  useErrorToast(command.error?.sentence ?? null);
  const preview = async (format: ExportFormat) => {
    const which = ids.length > 0 ? { req_ids: [...ids] } : { filter };
    const made = await command.run({ ...which, format });
    if (!made) return;
    const { name } = made;
    const text = lead && format === 'markdown' ? `${lead}\n\n${made.text}` : made.text;
    const redactions = createRedactions();
    for (const line of text.split('\n')) redactions.add(line);
    setFile({ name, redactions: redactions.result(), content: text, save: () => saveText(name, text) });
  };
  return (
    <>
      <Menu position="bottom-end" withinPortal={false}>
        <Menu.Target>
          <Button
            variant="default"
            size="xs"
            loading={command.busy}
            leftSection={<IconDownload size={14} aria-hidden />}
          >
            {t('runs.table.export')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t('runs.table.exported', { count })}</Menu.Label>
          {exportFormats.map((format) => (
            <Menu.Item key={format} onClick={() => void preview(format)}>
              {t(`runs.table.format.${format}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <SavePreview file={file} contentLabel={t('runs.table.export')} onClose={() => setFile(null)} />
    </>
  );
}
