import { Button } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Interpreter, Interpreters } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card, useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { ChoosePath } from './choose-path.tsx';
import { Creation } from './creation.tsx';
import { InterpreterRow } from './interpreter-row.tsx';
import { PendingPython } from './pending-python.tsx';
import './python.css';

/** The Pythons of this machine, the one that runs the backend, and a new one. */
export function PythonSection() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { fixed, next } = usePanelState((state) => state.python);
  const { found, search, busy, error } = useInterpreters();
  const choose = useCommand('python.choose');
  const isUsable = (one: Interpreter) => one.state !== 'failed' || one.path === next;
  const usable = found?.list.filter(isUsable) ?? [];
  const others = found?.list.filter((one) => !isUsable(one)) ?? [];
  const disabled = fixed || choose.busy;
  const onChoose = (one: Interpreter) => void choose.run({ path: one.kind === 'setup' ? null : one.path });
  return (
    <Card
      title={t('sections.name.python')}
      actions={
        <Button variant="default" size="xs" loading={busy} onClick={search}>
          {t('python.again')}
        </Button>
      }
    >
      <p className="dim small">{t(fixed ? 'python.fixed' : 'python.about', { path: next })}</p>
      <PendingPython />
      {error && <p className="error">{sentence(error.sentence)}</p>}
      {found === null && !error && <p className="dim">{t('python.searching')}</p>}
      {found?.list.length === 0 && <p className="dim">{t('python.none')}</p>}
      <List list={usable} disabled={disabled} onChoose={onChoose} />
      {others.length > 0 && (
        <details>
          <summary>{t('python.others', { count: others.length })}</summary>
          <List list={others} disabled={disabled} onChoose={onChoose} />
        </details>
      )}
      {found?.limited && <p className="dim small">{t('python.limited')}</p>}
      {choose.error && <p className="error">{sentence(choose.error.sentence)}</p>}
      {!fixed && (
        <>
          <ChoosePath onChosen={search} />
          <Creation />
        </>
      )}
    </Card>
  );
}

interface ListProps {
  list: readonly Interpreter[];
  disabled: boolean;
  onChoose: (one: Interpreter) => void;
}

function List({ list, disabled, onChoose }: ListProps) {
  if (list.length === 0) return null;
  return (
    <ul className="interpreters">
      {list.map((one) => (
        <InterpreterRow key={one.path} interpreter={one} disabled={disabled} onChoose={() => onChoose(one)} />
      ))}
    </ul>
  );
}

/** Searched when the section opens, and again once an environment has been made. */
function useInterpreters() {
  const [found, setFound] = useState<Interpreters | null>(null);
  const { run, busy, error } = useCommand('python.list');
  const isCreating = usePanelState((state) => state.python.creating !== null);
  const search = useCallback(() => void run({}).then((list) => list && setFound(list)), [run]);
  useEffect(() => {
    if (!isCreating) search();
  }, [isCreating, search]);
  return { found, search, busy, error };
}
