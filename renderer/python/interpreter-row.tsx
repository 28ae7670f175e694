import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Interpreter } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { usePanelState } from '../store.ts';

const colors = { ok: 'fits', warning: 'tight', failed: 'over', unknown: '' } as const;

/** One interpreter: where it is, what it has, and whether the backend would run on it. */
export function InterpreterRow(props: { interpreter: Interpreter; disabled: boolean; onChoose: () => void }) {
  const { interpreter, disabled, onChoose } = props;
  const { path, kind, version, torch, cuda, transformers, state, sentence } = interpreter;
  const { t } = useTranslation();
  const say = useSentence();
  const { next, running } = usePanelState((panel) => panel.python);
  const facts = [
    version && `Python ${version}`,
    torch && `torch ${torch}`,
    torch && (cuda ? `CUDA ${cuda}` : t('python.cpuBuild')),
    transformers && `transformers ${transformers}`,
  ];
  return (
    <li className="interpreter" aria-label={path}>
      <div className="grow">
        <div className="row wrap">
          <code className="path">{path}</code>
          <span className="tag">{t(`python.kind.${kind}`)}</span>
          {path === running && <span className="tag fits">{t('python.inForce')}</span>}
          {path === next && path !== running && <span className="tag tight">{t('python.chosen')}</span>}
        </div>
        <div className="dim small">{facts.filter(Boolean).join(' · ')}</div>
        <div className="row small">
          <span className={`tag ${colors[state]}`}>{t(`python.state.${state}`)}</span>
          <span>{say(sentence)}</span>
        </div>
      </div>
      {path !== next && torch !== null && (
        <Button
          variant="default"
          size="compact-xs"
          flex="none"
          disabled={disabled}
          aria-label={t('python.chooseOne', { path })}
          onClick={onChoose}
        >
          {t('python.choose')}
        </Button>
      )}
    </li>
  );
}
