import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { Dialog } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { valueText } from '../value-text.ts';
import { type ImportLine, importedSettings, readImport } from './import.ts';

/** Of sh, cmd and PowerShell: code, which is the same in every language. */
const FORMS = 'export A=b · A=b · set A=b · $env:A="b"';

/** Takes pasted `export` lines, shows what each would change, and imports those that are valid. */
export function ImportDialog(props: {
  opened: boolean;
  onClose(): void;
  onSet: (values: Partial<Settings>) => Promise<unknown>;
}) {
  const { opened, onClose, onSet } = props;
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const lines = readImport(text);
  const count = lines.filter((line) => 'change' in line).length;
  const close = () => {
    setText('');
    onClose();
  };
  const save = () => void onSet(importedSettings(lines)).then(close);
  return (
    <Dialog opened={opened} onClose={close} title={t('settings.import.title')}>
      <div className="stack">
        <Textarea
          data-autofocus
          label={t('settings.import.label')}
          description={FORMS}
          placeholder={'export LBS_GPU_MEMORY_LIMIT=0.8'}
          minRows={4}
          maxRows={10}
          autosize
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {text.trim() !== '' && lines.length === 0 && <div className="dim">{t('settings.import.nothing')}</div>}
        {lines.length > 0 && <Lines lines={lines} />}
        <div className="row">
          <span className="dim small grow">{t('settings.import.pending')}</span>
          <Button size="xs" disabled={count === 0} onClick={save}>
            {t('settings.import.save', { count })}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function Lines({ lines }: { lines: readonly ImportLine[] }) {
  const { t } = useTranslation();
  return (
    <table className="plain" aria-label={t('settings.import.lines')}>
      <thead>
        <tr>
          <th>{t('settings.import.line')}</th>
          <th>{t('settings.import.effect')}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line may hold several assignments of one name
          <tr key={i}>
            <td>{line.line}</td>
            <td>
              <Effect line={line} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Effect({ line }: { line: ImportLine }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const desired = usePanelState(({ settings }) => settings.desired);
  const overrides = usePanelState(({ settings }) => settings.overrides);
  if (!('change' in line)) {
    const name = 'name' in line ? line.name : line.text;
    if (line.problem === 'replaced') return <span className="dim">{t('settings.import.replaced', { name })}</span>;
    const why = line.problem === 'invalid' ? sentence(line.sentence) : t(`settings.import.problem.${line.problem}`);
    return (
      <span className="error">
        {name}: {why}
      </span>
    );
  }
  const { change: name, value } = line;
  const override = overrides[name];
  return (
    <>
      <span className="dim">{name}</span>{' '}
      {value === desired[name] ? (
        <span className="dim">{t('settings.import.same', { value: valueText(name, value, t) })}</span>
      ) : (
        <strong>
          {valueText(name, desired[name], t)} → {valueText(name, value, t)}
        </strong>
      )}
      {override !== undefined && (
        <div className="warning small">{t('settings.import.overridden', { value: override })}</div>
      )}
    </>
  );
}
