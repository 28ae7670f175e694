import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CrashSummary } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { createRedactions, type SavedFile, SavePreview, saveText, useCommand, useTimeFormat } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { CrashDetails } from './crash-details.tsx';
import './crashes.css';

/** Lists the reports again with each crash, whose event follows its report, and whenever the backend changes its phase. */
export function useCrashReports() {
  const since = usePanelState((state) => state.backend.since);
  const crash = usePanelState(({ events }) => events.filter(({ kind }) => kind === 'crashed').at(-1)?.ref);
  const { run: list, error } = useCommand('crashes.list');
  const [rows, setRows] = useState<CrashSummary[] | null>(null);
  const refresh = useCallback(() => void list({}).then((found) => found && setRows(found)), [list]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new value says that the list may be stale
  useEffect(refresh, [refresh, since, crash]);
  return { rows, error, refresh };
}

/** One report; `opened`: with its details from the start. */
export function CrashEntry(props: { row: CrashSummary; opened: boolean; onDeleted: () => void }) {
  const { row, onDeleted } = props;
  const { t } = useTranslation();
  const format = useTimeFormat();
  const [opened, { toggle }] = useDisclosure(props.opened);
  const sentence = useSentence()(row.sentence) ?? t('crashes.damaged');
  const crashesLastHour = row.lastHour ?? 1;
  return (
    <div className="crash">
      <button type="button" className="crash-head" aria-expanded={opened} disabled={row.damaged} onClick={toggle}>
        <span className="dim when">{format.clock(row.time)}</span>
        <span className="grow">{sentence}</span>
        {crashesLastHour > 1 && <span className="tag over">{t('crashes.lastHour', { count: crashesLastHour })}</span>}
      </button>
      <CrashButtons row={row} onDeleted={onDeleted} />
      {opened && <CrashDetails id={row.id} />}
    </div>
  );
}

function CrashButtons({ row: { id, damaged }, onDeleted }: { row: CrashSummary; onDeleted: () => void }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const exporting = useCommand('crashes.export');
  const deleting = useCommand('crashes.delete');
  const error = exporting.error ?? deleting.error;
  const [file, setFile] = useState<SavedFile | null>(null);
  const preview = async () => {
    const exported = await exporting.run({ id });
    if (!exported) return;
    const { name, text } = exported;
    const redactions = createRedactions();
    for (const line of text.split('\n')) redactions.add(line);
    setFile({ name, redactions: redactions.result(), content: text, save: () => saveText(name, text) });
  };
  return (
    <span className="crash-buttons">
      {error && <span className="error small">{sentence(error.sentence)}</span>}
      <SavePreview file={file} contentLabel={t('crashes.file')} onClose={() => setFile(null)} />
      {!damaged && (
        <Button
          variant="default"
          size="compact-xs"
          loading={exporting.busy}
          title={t('crashes.exportHint')}
          onClick={preview}
        >
          {t('crashes.export')}
        </Button>
      )}
      <Button
        variant="subtle"
        color="gray"
        size="compact-xs"
        loading={deleting.busy}
        onClick={() => void deleting.run({ id }).then(onDeleted)}
      >
        {t('crashes.delete')}
      </Button>
    </span>
  );
}
