import { Button, Select } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunRecord } from '#contract';
import { runName, useCommand, useTimeFormat } from '../parts/index.ts';

const TYPING_MS = 150;
const SHOWN = 20;

/** Adds a completed run, found by model, dataset or note. */
export function RunPicker({ chosen, onAdd }: { chosen: readonly string[]; onAdd(id: string): void }) {
  const { t } = useTranslation();
  const { full } = useTimeFormat();
  const [open, setOpen] = useState(false);
  const [found, setFound] = useState<readonly RunRecord[]>([]);
  const { run: page } = useCommand('runs.page');
  const asked = useRef(0);
  const search = useDebouncedCallback((text: string) => {
    asked.current += 1;
    const own = asked.current;
    void page({ search: text, states: ['completed'], offset: 0, limit: SHOWN }).then(
      // An earlier search may be answered last.
      (answer) => answer && own === asked.current && setFound(answer.rows),
    );
  }, TYPING_MS);
  useEffect(() => {
    if (open) search('');
  }, [open, search]);
  if (!open)
    return (
      <Button variant="default" size="xs" onClick={() => setOpen(true)}>
        {t('compare.add')}
      </Button>
    );
  return (
    <Select
      size="xs"
      w={260}
      autoFocus
      searchable
      defaultDropdownOpened
      aria-label={t('compare.add')}
      placeholder={t('runs.table.search')}
      nothingFoundMessage={t('palette.nothing')}
      // The backend has searched already, in more than the label.
      filter={({ options }) => options}
      comboboxProps={{ withinPortal: false }}
      data={found
        .filter(({ req_id }) => !chosen.includes(req_id))
        .map((run) => ({ value: run.req_id, label: `${runName(run)} · ${full(1_000 * run.created_at)}` }))}
      onSearchChange={search}
      onChange={(id) => {
        setOpen(false);
        if (id !== null) onAdd(id);
      }}
      onBlur={() => setOpen(false)}
    />
  );
}
