import { Button, TagsInput, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { longestNote, longestTag, mostTags, type RunRecord } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { Dialog, runName, useCommand } from '../../parts/index.ts';

interface AnnotateProps {
  run: RunRecord;
  /** Tags of other runs. */
  known: readonly string[];
  onClose(): void;
  onSaved(): void;
}

/** Tags and a note of one run. */
export function Annotate({ run, known, onClose, onSaved }: AnnotateProps) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [tags, setTags] = useState(run.tags);
  const [note, setNote] = useState(run.note);
  const save = useCommand('runs.annotate');
  const saveAndClose = async () => {
    if (!(await save.run({ req_id: run.req_id, tags, note }))) return;
    onSaved();
    onClose();
  };
  return (
    <Dialog opened onClose={onClose} title={runName(run)}>
      <div className="stack">
        <TagsInput
          size="xs"
          label={t('runs.table.tags')}
          data={[...known]}
          maxTags={mostTags}
          value={tags}
          onChange={(next) => setTags(next.map((tag) => tag.slice(0, longestTag)))}
          comboboxProps={{ withinPortal: false }}
        />
        <Textarea
          size="xs"
          label={t('runs.table.note')}
          autosize
          minRows={4}
          maxRows={12}
          maxLength={longestNote}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {save.error && <div className="error">{sentence(save.error.sentence)}</div>}
        <div className="row">
          <span className="grow" />
          <Button variant="default" size="xs" onClick={onClose}>
            {t('runs.table.cancel')}
          </Button>
          <Button size="xs" loading={save.busy} onClick={() => void saveAndClose()}>
            {t('runs.table.save')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
