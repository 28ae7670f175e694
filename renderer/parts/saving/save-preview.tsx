import { Button, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../dialogs/dialog.tsx';
import { type Redactions, SECRET_MARK, splitAtMarks } from './redactions.ts';
import './save-preview.css';

/** A file that is about to be saved. */
export interface SavedFile {
  name: string;
  redactions: Redactions;
  /** The part of its content to show: all of it, or what a program wrote. */
  content: string;
  save(): void;
}

/** More is not drawn: a page with megabytes of text stops answering. */
const SHOWN_CHARACTERS = 200_000;

/** Shows what a file holds and what was removed from it, before it is saved. */
export function SavePreview({
  file,
  contentLabel,
  onClose,
}: {
  file: SavedFile | null;
  contentLabel: string;
  onClose(): void;
}) {
  const { t } = useTranslation();
  const save = (
    <Button
      size="xs"
      data-autofocus
      onClick={() => {
        file?.save();
        onClose();
      }}
    >
      {t('saving.save')}
    </Button>
  );
  return (
    <Dialog opened={file !== null} onClose={onClose} title={t('saving.title')} actions={save}>
      {file && <Preview key={file.name} file={file} contentLabel={contentLabel} />}
    </Dialog>
  );
}

function Preview({ file, contentLabel }: { file: SavedFile; contentLabel: string }) {
  const { t } = useTranslation();
  const { redactions, content, name } = file;
  const [view, setView] = useState(redactions.places.length > 0 ? 'removed' : 'content');
  const text = view === 'removed' ? redactions.places.join('\n') : content;
  return (
    <div className="save-preview">
      <div className="cut dim small" title={name}>
        {name}
      </div>
      <p>
        {redactions.secrets > 0
          ? t('saving.removed', { count: redactions.secrets, mark: SECRET_MARK })
          : t('saving.none')}
        <br />
        {t('saving.check')}
      </p>
      <SegmentedControl
        size="xs"
        value={view}
        onChange={setView}
        aria-label={t('saving.view')}
        data={[
          { value: 'removed', label: t('saving.places', { count: redactions.places.length }) },
          { value: 'content', label: contentLabel },
        ]}
      />
      <MarkedText text={text.slice(0, SHOWN_CHARACTERS)} />
      {text.length > SHOWN_CHARACTERS && (
        <div className="dim small">{t('saving.cut', { count: SHOWN_CHARACTERS })}</div>
      )}
    </div>
  );
}

function MarkedText({ text }: { text: string }) {
  const { t } = useTranslation();
  if (!text) return <p className="dim">{t('saving.empty')}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable box must be reachable by keyboard (axe).
    <pre className="output-lines" tabIndex={0}>
      {splitAtMarks(text).map((piece, at) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never move
        at % 2 === 1 ? <mark key={at}>{piece}</mark> : piece,
      )}
    </pre>
  );
}
