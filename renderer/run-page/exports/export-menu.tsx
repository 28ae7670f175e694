import { Button, Menu } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PanelError } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { type SavedFile, SavePreview, saveBlob, toast } from '../../parts/index.ts';
import type { Report } from '../report.ts';
import { useExports } from './use-exports.ts';

/** Saves the run as a picture, a table of its items, or a page that needs nothing else. */
export function ExportMenu(report: Report) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [file, setFile] = useState<SavedFile | null>(null);
  const { png, csv, html } = useExports(report);
  const nothing = report.tests.list.length === 0;
  const carry = (work: () => Promise<void>) => () =>
    void work().catch((failure) => toast(sentence(PanelError.from(failure).sentence), { color: 'red' }));
  return (
    <>
      <Menu
        position="bottom-end"
        transitionProps={{ duration: 0 }}
        withInitialFocusPlaceholder={false}
        withinPortal={false}
      >
        <Menu.Target>
          <Button size="xs" variant="default" rightSection={<IconChevronDown size={13} />}>
            {t('runPage.export')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            disabled={nothing}
            onClick={carry(async () => {
              const { name, blob } = await png();
              saveBlob(name, blob);
            })}
          >
            {t('runPage.exportPng')}
          </Menu.Item>
          <Menu.Item disabled={nothing} onClick={carry(async () => setFile(await csv()))}>
            {t('runPage.exportCsv')}
          </Menu.Item>
          <Menu.Item onClick={carry(async () => setFile(await html()))}>{t('runPage.exportHtml')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <SavePreview file={file} contentLabel={t('runPage.exportTitle')} onClose={() => setFile(null)} />
    </>
  );
}
