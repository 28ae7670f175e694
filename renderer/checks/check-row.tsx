import { Button } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconHelpCircle,
  IconLoader,
  type TablerIcon,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Check, CheckFix, CheckState } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { CopyButton, OutputLines, useCommand } from '../parts/index.ts';

const icons: Record<CheckState, TablerIcon> = {
  ok: IconCircleCheck,
  warning: IconAlertTriangle,
  failed: IconCircleX,
  unknown: IconHelpCircle,
  running: IconLoader,
};

/** What was checked, what was found and how to fix it. The icon shows the state by its shape, not by its color alone. */
export function CheckRow({ check: { id, state, sentence: found, detail, fix } }: { check: Check }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const Icon = icons[state];
  return (
    <li className={`check ${state}`}>
      <Icon size={18} role="img" aria-label={t(`checks.state.${state}`)} />
      <span className="name">{t(`checks.name.${id}`)}</span>
      <div className="found">
        <div>{sentence(found) || t('checks.state.running')}</div>
        {detail.length > 0 && (
          <details open={state === 'failed'}>
            <summary className="small">{t('checks.details')}</summary>
            <OutputLines text={detail.map(sentence).join('\n')} />
          </details>
        )}
        {fix && state !== 'ok' && (fix.action === 'copy' ? <ByHand fix={fix} /> : <Fix id={id} fix={fix} />)}
      </div>
    </li>
  );
}

/** A fix that Headroom does not run itself: the exact command for a terminal. */
function ByHand({ fix: { label, command } }: { fix: CheckFix }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  return (
    <div className="by-hand">
      <span className="small">{t('checks.byHand', { label: sentence(label) })}</span>
      <code>{command}</code>
      <CopyButton label={t('checks.copy')} text={() => command} />
    </div>
  );
}

function Fix({ id, fix }: { id: Check['id']; fix: CheckFix }) {
  const sentence = useSentence();
  const { run, busy, error } = useCommand('checks.fix');
  return (
    <div className="row">
      <Button variant="default" size="compact-xs" loading={busy} onClick={() => run({ id })}>
        {sentence(fix.label)}
      </Button>
      {error && <span className="error small">{sentence(error.sentence)}</span>}
    </div>
  );
}
