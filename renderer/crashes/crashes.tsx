import { ActionIcon, Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconFileAlert } from '@tabler/icons-react';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CrashSummary } from '#contract';
import { Dialog, saveText, useCommand, useLookAt, useMoments, useWish } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { CrashDetails } from './crash-details.tsx';
import './crashes.css';

/** The way to the reports: a word where something just crashed, an icon in the header. */
export function CrashReports({ icon = false }: { icon?: boolean }) {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  const wish = useWish('crash');
  const forget = useLookAt((state) => state.forget);
  // Only the one that is always there: beside a crash there may be a second.
  useEffect(() => {
    if (icon && wish) open();
  }, [icon, wish, open]);
  const shut = () => {
    close();
    forget();
  };
  const title = t('crashes.title');
  return (
    <>
      {icon ? (
        <ActionIcon variant="subtle" color="gray" aria-label={title} title={title} onClick={open}>
          <IconFileAlert size={17} />
        </ActionIcon>
      ) : (
        <Button variant="subtle" color="gray" size="xs" flex="none" onClick={open}>
          {title}
        </Button>
      )}
      <Dialog opened={opened} onClose={shut} title={title}>
        <CrashList />
      </Dialog>
    </>
  );
}

function CrashList() {
  const { t } = useTranslation();
  const { rows, error, refresh } = useReports();
  if (error) return <div className="error">{error}</div>;
  if (!rows) return null;
  if (rows.length === 0) return <p className="dim">{t('crashes.none')}</p>;
  return (
    <ul className="crashes">
      {rows.map((row) => (
        <CrashRow key={row.id} row={row} onDeleted={refresh} />
      ))}
    </ul>
  );
}

/** Asked for anew whenever the backend comes or goes: a crash may have been added. */
function useReports() {
  const since = usePanelState((state) => state.backend.since);
  const { run: list, error } = useCommand('crashes.list');
  const [rows, setRows] = useState<CrashSummary[] | null>(null);
  const refresh = useCallback(() => void list({}).then((found) => found && setRows(found)), [list]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `since` is what says that the list may be old
  useEffect(refresh, [refresh, since]);
  return { rows, error: error?.message ?? null, refresh };
}

function CrashRow({ row, onDeleted }: { row: CrashSummary; onDeleted: () => void }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const [opened, { toggle }] = useDisclosure(useWish('crash')?.ref === row.id);
  const sentence = row.sentence ?? t('crashes.damaged');
  const often = row.lastHour ?? 1;
  return (
    <li>
      <button type="button" className="crash-head" aria-expanded={opened} disabled={row.damaged} onClick={toggle}>
        <span className="dim when">{moments.full(row.time)}</span>
        <span className="grow">{sentence}</span>
        {often > 1 && <span className="tag over">{t('crashes.often', { count: often })}</span>}
      </button>
      <CrashButtons row={row} onDeleted={onDeleted} />
      {opened && <CrashDetails id={row.id} />}
    </li>
  );
}

function CrashButtons({ row: { id, damaged }, onDeleted }: { row: CrashSummary; onDeleted: () => void }) {
  const { t } = useTranslation();
  const taken = useCommand('crashes.export');
  const removed = useCommand('crashes.delete');
  const problem = taken.error ?? removed.error;
  const save = async () => {
    const file = await taken.run({ id });
    if (file) saveText(file.name, file.text);
  };
  return (
    <span className="crash-buttons">
      {problem && <span className="error small">{problem.message}</span>}
      {!damaged && (
        <Button variant="default" size="compact-xs" loading={taken.busy} title={t('crashes.exportHint')} onClick={save}>
          {t('crashes.export')}
        </Button>
      )}
      <Button
        variant="subtle"
        color="gray"
        size="compact-xs"
        loading={removed.busy}
        onClick={() => void removed.run({ id }).then(onDeleted)}
      >
        {t('crashes.delete')}
      </Button>
    </span>
  );
}
